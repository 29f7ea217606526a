"""Try an installed wheel without its extras: predict and live work, and what needs an extra says which, in one line.

Run by the environment that has the wheel; the recording and the model are the tests' examples.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.examples.model import model
from tests.examples.openface import header, rows

from onefilter.model.file import write_model


def onefilter(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return subprocess.run([sys.executable, "-m", "onefilter", *arguments], capture_output=True, text=True, check=False)


def main() -> None:
    """Try what a user of the wheel does first."""
    with tempfile.TemporaryDirectory() as name:
        recording, trained = Path(name, "recording.csv"), Path(name, "valence.safetensors")
        columns = header()
        table, _ = rows(columns, frames=400)
        recording.write_text("\n".join(",".join(cells) for cells in [columns, *table]) + "\n", encoding="utf-8")
        write_model(trained, model())
        outputs = []
        for command in (
            ["predict", str(recording), "--model", str(trained)],
            ["live", "--follow", str(recording), "--patience", "0.2", "--model", str(trained)],
            ["inspect", str(trained)],
            ["--version"],
        ):
            result = onefilter(*command)
            if result.returncode or not result.stdout:
                sys.exit(f"onefilter {' '.join(command)} failed: {result.stderr}")
            outputs.append(result.stdout.splitlines())
        if len(outputs[0]) != 81 or len(outputs[1]) != 81:
            sys.exit(f"81 lines were expected of predict and of live, not {len(outputs[0])} and {len(outputs[1])}")
        for command, extra in (
            (["predict", str(recording), "--model", str(trained), "--plot", str(Path(name, "p.svg"))], "plot"),
            (["verify", name], "pipeline"),
            (["export", str(trained), "--onnx", str(Path(name, "m.onnx"))], "onnx"),
        ):
            result = onefilter(*command)
            if result.returncode != 1 or f"pip install 'onefilter[{extra}]'\n" not in result.stderr:
                sys.exit(f"onefilter {command[0]} should have asked for {extra}: {result.stderr}")
        print(outputs[-1][0], "works without extras")


main()
