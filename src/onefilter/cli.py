"""The command line: apply a model to a recording or a stream, see, import and export models, show a run's scores.

Imports are inside the commands, so that a command loads only what it needs.
"""

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from onefilter import __version__
from onefilter.errors import InputError
from onefilter.threads import check_threads

app = typer.Typer(
    help="Value- and time-continuous emotion from facial action units with a CNN that has a single filter.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

ModelFiles = Annotated[
    list[Path], typer.Option("--model", "-m", help="Trained model (.safetensors); repeat it for several targets.")
]

Speaker = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose turns to take, if a column of that CSV tells speakers apart.")
]
OtherTool = Annotated[
    bool, typer.Option("--other-tool", help="Take files of another tool than the models were trained on.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that onefilter did not write.")]

_MISTYPED: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""What is raised for an option that there is not, or a value that it does not take."""
_EXTRAS: Final = {"matplotlib": "plot", **dict.fromkeys(("pandas", "pyarrow", "pydantic", "scipy"), "pipeline")}
"""By package that is not installed with onefilter itself, the extra that brings it."""


def main() -> None:
    """Run the command line. A mistake is one line: in what is typed with exit code 2, in what is given with 1."""
    try:
        check_threads()
        sys.exit(app(standalone_mode=False))
    except _MISTYPED as error:
        _say_mistyped(error)
        sys.exit(2)
    except typer.Abort:
        print("onefilter: interrupted", file=sys.stderr)
        sys.exit(130)
    except InputError as error:
        print(f"onefilter: {error}", file=sys.stderr)
        sys.exit(1)
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name not in _EXTRAS:
            raise
        print(f"onefilter: this needs {name}; pip install 'onefilter[{_EXTRAS[name]}]'", file=sys.stderr)
        sys.exit(1)


def _say_mistyped(error: Any) -> None:
    """Say what is wrong with a command in one line; a command without anything to do shows its help."""
    said = error.format_message()
    if len(said.splitlines()) != 1:
        error.show()
        return
    command = error.ctx.command_path if error.ctx is not None else "onefilter"
    line = InputError(said.rstrip(".?"), remedy=f"`{command} --help` lists what there is")
    print(f"onefilter: {line}", file=sys.stderr)


@app.callback(invoke_without_command=True)
def _common(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if version:
        print(f"onefilter {__version__}")
        raise typer.Exit


@app.command()
def predict(
    recording: Annotated[Path, typer.Argument(help="CSV that OpenFace's FeatureExtraction wrote.")],
    model: ModelFiles,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=".csv or .parquet; default: CSV on standard output.")
    ] = None,
    turns: Annotated[Path | None, typer.Option(help="CSV with begin,end (s): when the person speaks.")] = None,
    speaker: Speaker = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the predictions into this .png, .pdf or .svg.")] = None,
    fps: Annotated[float | None, typer.Option(help="True frame rate, if the timestamps are not seconds.")] = None,
    face: Annotated[int | None, typer.Option(min=0, help="face_id, if the file shows several faces.")] = None,
    other_tool: OtherTool = False,
    force: Force = False,
) -> None:
    """Predict affect for one recording, one row per hop (10 Hz for the published settings).

    The time of a row is that of the face. Annotators would mark the same affect the model's delay later.
    """
    from onefilter.commands.predict import predict_file

    predict_file(
        recording,
        model,
        out=out,
        turns=turns,
        speaker=speaker,
        plot=plot,
        fps=fps,
        face=face,
        other_tool=other_tool,
        force=force,
    )


@app.command()
def live(
    model: ModelFiles,
    follow: Annotated[
        Path | None, typer.Option("--follow", "-f", help="CSV that OpenFace is writing, also before it exists.")
    ] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read such a CSV from standard input.")] = False,
    lsl: Annotated[
        str | None,
        typer.Option("--lsl", metavar="NAME", help="LSL stream: its name or type, NAME@HOST, or its source id."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write lines to this .csv.")] = None,
    lsl_out: Annotated[str | None, typer.Option(metavar="NAME", help="Send predictions as this LSL stream.")] = None,
    serve: Annotated[
        str | None, typer.Option(metavar=":PORT", help="Show a page, on this machine only (HOST:PORT for others).")
    ] = None,
    turns: Annotated[Path | None, typer.Option(help="CSV with begin,end (s): when the person speaks.")] = None,
    speaker: Speaker = None,
    fps: Annotated[float | None, typer.Option(help="True frame rate, if the timestamps are not seconds.")] = None,
    face: Annotated[int | None, typer.Option(min=0, help="face_id, if there are several faces.")] = None,
    patience: Annotated[
        float | None, typer.Option(help="End when nothing came for so long (s); default: never.")
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Calibrate AUs as they come, while OpenFace still runs (docs/live.md).")
    ] = False,
    other_tool: OtherTool = False,
    force: Force = False,
) -> None:
    """Predict affect while OpenFace runs: a view on a terminal, CSV lines in a pipe, a page, an LSL stream.

    The same numbers as `predict`, each as soon as the frames that it looks at are there. Ctrl-C ends.
    """
    from onefilter.commands.live import run_live
    from onefilter.live.options import Options

    run_live(
        model,
        Options(
            follow=follow,
            stdin=stdin,
            lsl=lsl,
            out=out,
            lsl_out=lsl_out,
            serve=serve,
            turns=turns,
            speaker=speaker,
            fps=fps,
            face=face,
            patience=patience,
            calibrate=calibrate,
            other_tool=other_tool,
            force=force,
        ),
    )


@app.command()
def inspect(model: Annotated[Path, typer.Argument(help="Trained model (.safetensors).")]) -> None:
    """Say what a model file is: target, inputs, time scales, scores, and what its filter weighs most."""
    from onefilter.commands.inspect import show

    show(model)


@app.command()
def import_keras(
    file: Annotated[Path, typer.Argument(help="File that Keras 2.2 to 3 wrote (.h5 or .keras).")],
    target: Annotated[str, typer.Option(help="What the model predicts, valence say.")],
    delay: Annotated[float, typer.Option(min=0.0, max=20.0, help="Annotation delay that it was trained with (s).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Model file to write (.safetensors).")],
    features: Annotated[
        str | None,
        typer.Option(
            help="Its inputs, if they are not the 37 stored ones: published-7, published-19-meanonly, "
            "published-19-stdonly, or a file of names, one per line."
        ),
    ] = None,
    window: Annotated[float, typer.Option(help="Length of the windows that it was trained with (s).")] = 0.08,
    hop: Annotated[float, typer.Option(min=0.01, max=10.0, help="Distance between these windows (s).")] = 0.1,
    trained_on: Annotated[str, typer.Option(help="The corpus that it was trained on.")] = "SEWA",
    force: Force = False,
) -> None:
    """Import a model from the file that Keras wrote; nothing in it is executed."""
    from onefilter.commands.import_keras import import_file

    windows = {"window": window, "hop": hop}
    import_file(file, out, target=target, delay=delay, features=features, corpus=trained_on, force=force, **windows)


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="Trained model (.safetensors).")],
    onnx: Annotated[Path, typer.Option("--onnx", help="ONNX file to write: features in, affect out.")],
    force: Force = False,
) -> None:
    """Write a model in another format, for runtimes that know nothing of onefilter."""
    from onefilter.commands import export as command

    command.export(model, onnx=onnx, force=force)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of OpenFace's CSVs, with labels and turns if there are any.")],
    table: Annotated[
        Path | None, typer.Option(help="Recordings table to write; default: config/FOLDER.tsv.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Overlay to write; default: the table's name with .yaml.")
    ] = None,
    culture: Annotated[str, typer.Option(help="Culture of these people, as figures name it.")] = "own",
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="TARGET=LOW..HIGH", help="Scale of labels that are not in -1..1; repeat it for others."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a table and an overlay that are there.")] = False,
) -> None:
    """Begin a study: look at a folder of files, write its recordings table and overlay, say what to type next."""
    from onefilter.commands.init import begin_study

    begin_study(folder, table=table, overlay=out, culture=culture, scales=scale or [], force=force)


@app.command()
def scores(results: Annotated[Path, typer.Argument(help="Folder of a run's results.")] = Path("results")) -> None:
    """Show a run's score table, and where its report, figures and models are."""
    from onefilter.commands.scores import show_scores

    show_scores(results)


@app.command()
def score(
    labels: Annotated[Path, typer.Option(metavar="DIR", help="Folder of labels, one CSV per recording.")],
    predictions: Annotated[
        list[str],
        typer.Option(metavar="NAME=DIR", help="A system's folder, a CSV of the same name per recording; repeat it."),
    ],
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="TSV", help="Table of recording, person, dyad, culture, partition (the last four if known)."
        ),
    ] = None,
    only: Annotated[str, typer.Option(metavar="PATTERN", help="Which recordings, by name, as in 'Devel_*'.")] = "*",
    delay: Annotated[
        list[str] | None,
        typer.Option(
            metavar="S", help="Move predictions by the annotation delay (s): 4, arousal=4, NAME=4 or NAME:arousal=4."
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the scores into this page.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.tsv", help="Write them here, FILE-recordings and FILE-differences."),
    ] = None,
    force: Force = False,
) -> None:
    """Score any system's predictions against labels: CCC and more, with intervals and differences between systems.

    Plain CSV (timestamp or time, and a column per target), or the layout of AVEC 2018 and 2019.
    """
    from onefilter.commands.score import score_folders

    score_folders(labels, predictions, table=table, only=only, delay=delay or [], html=html, out=out, force=force)


@app.command()
def verify(
    results: Annotated[Path, typer.Argument(help="Folder of a run's results.")] = Path("results"),
    against: Annotated[
        Path | None, typer.Option(metavar="RESULTS", help="Another run's folder, or its manifest.tsv.")
    ] = None,
) -> None:
    """Check that all results of a run are there and unchanged, or the same as another run's."""
    from onefilter.commands import verify as command

    command.verify(results, against=against)


if __name__ == "__main__":
    main()
