"""Can the rules run? Asked when Snakemake reads the workflow: of all rules, from their scripts' text, and of Python."""

import ast
import itertools
import re
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from onefilter.corpus.videos import find_program
from onefilter.errors import InputError, plain
from onefilter.manifest import altered
from onefilter.settings import OpenFace, Training
from onefilter.threads import check_threads
from onefilter.workflow.damage import is_damaged, is_full
from onefilter.workflow.provenance import file_of, sources
from onefilter.yaml_files import read_overlay

NOT_TAKEN: Final = ("code", "listed", "content")
"""What rules name for Snakemake alone, whose change reruns the rule: a digest of the library's files, the files that a
split's recordings list, which steps find in the recordings themselves, and a digest of what is in them."""
OFFERED: Final = ("threads", "config")
"""What every rule offers without naming it."""
_TOLD: Final = ("--config", "-C")
"""Options of Snakemake that tell values of the configuration."""
_OVERLAYS: Final = ("--configfile", "--configfiles")
"""Options of Snakemake that name files of the configuration, one or several."""
FURTHER: Final = ("figure", "vector", "dpi")
"""What a rule that draws names besides what its figure function takes (`onefilter.workflow.drawing.FURTHER`)."""


def check_rules(rules: Iterable[Any], scripts: Path) -> None:
    """Check all rules of a workflow (`check_rule`).

    Args:
        rules: Snakemake's rules.
        scripts: The folder of the scripts.
    """
    for rule in rules:
        if rule.script:
            named = [*rule.input.keys(), *rule.output.keys(), *rule.params.keys()]
            check_rule(rule.name, scripts / Path(rule.script).name, named=named, wildcards=rule.wildcard_names)


def check_rule(rule: str, script: Path, *, named: Iterable[str], wildcards: Iterable[str]) -> None:
    """Check that a rule names what its step takes, and nothing else.

    Args:
        rule: Its name.
        script: Its script.
        named: The names under ``input``, ``output`` and ``params``.
        wildcards: The names of its wildcards, which a step may take and need not.

    Raises:
        InputError: For the first name that does not fit.
    """
    required, taken = _taken_by(script)
    names = [name for name in named if name not in NOT_TAKEN]
    offered = {*names, *wildcards, *OFFERED}
    repeated = [name for place, name in enumerate(names) if name in names[:place] or name in wildcards]
    for wrong, what in (
        (repeated, "names `{}` twice: what a rule names and its wildcards need names of their own"),
        ([name for name in required if name not in offered], "does not name `{}`, which its step takes"),
        ([name for name in names if name not in taken], "names `{}`, which its step does not take"),
    ):
        if wrong:
            raise InputError(f"rule {rule} {what.format(wrong[0])}", file=script.name)


def read_first(arguments: Sequence[str] | None = None) -> None:
    """Read the files of the configuration before Snakemake does; end with one line if one of them is at fault.

    Snakemake itself ends with a traceback, or without naming the file. Its profile asks for this.

    Args:
        arguments: Snakemake's own, of the command line.
    """
    files, option = [Path("config/config.yaml")], ""
    told = []
    for argument in sys.argv[1:] if arguments is None else arguments:
        if argument.startswith("-"):
            option, _, value = argument.partition("=")
            argument = value
        if argument and option in _OVERLAYS:
            files.append(Path(argument))
        elif argument and option in _TOLD:
            told.append(argument)
    try:
        for each in told:
            _check_told(each)
        for file in files if files[0].is_file() else files[1:]:
            read_overlay(file)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def _check_told(argument: str) -> None:
    """Check what ``--config`` tells: keys of the first level, with their values.

    Raises:
        InputError: If it is something else.
    """
    key, equals, value = argument.partition("=")
    if equals and re.fullmatch(r"[a-zA-Z_][\w-]*\w", key):
        return
    first, *further = key.split(".")
    nested = value
    for part in reversed(further):
        nested = f"{{{part}: {nested}}}"
    example = f"{first}={nested}" if equals and further and all([first, *further]) else "corpus={batch: 5}"
    raise InputError(
        f"--config {plain(argument, longest=60)}: is no key of the first level with a value",
        remedy=f"write it like this: --config '{plain(example, longest=80)}'",
    )


def check_environment(folder: Path) -> None:
    """Check that there is room to work in a folder, and that numbers of threads are numbers.

    Raises:
        InputError: If not.
    """
    check_threads()
    if is_full(folder):
        raise InputError("there is no room on this disk", file=folder, remedy="make room, then type the same command")


def check_interpreter(executable: str = sys.executable) -> None:
    """Check that Snakemake can start this Python: its path becomes part of a command as it is.

    Raises:
        InputError: If the path has a blank in it, or another sign with which shells do something.
    """
    found = re.search(r"""[\s{}()$&;'"`\\<>|*?\[\]!]""", executable)
    if found is not None:
        raise InputError(
            f"this Python cannot be started by Snakemake, for there is {found[0]!r} in its path",
            file=executable,
            remedy="install onefilter (its .venv) in a folder whose path is without it",
        )


def check_left(manifest: Path, remade: Container[str], made: Callable[[str], float | None] = lambda name: None) -> str:
    """Check that a run builds on what the last one has left; what else is there is put aside, to be made again.

    Args:
        manifest: Of the last run, if it has come to its end.
        remade: Results that this run makes anew in any case.
        made: Tells when a rule made a result last (`onefilter.manifest.altered`).

    Returns:
        What a person should know of it, one line; nothing if there is nothing to know.

    Raises:
        InputError: If a result is another one, though no rule has made it: the next manifest would take it for good.
    """
    try:
        found = altered(manifest, remade, made)
    except InputError:
        # A version that knew no last row of the manifest's own may have left it: that must stop no run.
        return f"{manifest} is damaged, or of an older version: nobody can tell whether results were changed since"
    if found:
        said = [_put_aside(path) for path in found]
        path, rule = next(iter(found.items()))
        further = f", and {len(found) - 1} more are put aside in the same way" if len(found) > 1 else ""
        raise InputError(f"{said[0]}{further}", file=path, remedy=f"run again, and rule {rule} makes it anew")
    return ""


def _put_aside(result: Path) -> str:
    """Make room for a result that was changed: its rule makes it again. What may be somebody's work is kept."""
    if is_damaged(result):
        result.unlink()
        return "was damaged and is removed"
    names = (f"{result.name}.changed{number or ''}" for number in itertools.count())
    kept = next(path for path in map(result.with_name, names) if not path.exists())
    result.replace(kept)
    return f"was changed since its rule made it (a power cut, a broken disk, an editor?) and is kept as {kept.name}"


def check_videos(unseen: Sequence[str], settings: OpenFace, executor: str) -> None:
    """Check, where jobs run on this machine, that OpenFace is there for videos that it has not gone through yet.

    Args:
        unseen: These videos.
        settings: How it is started.
        executor: What runs jobs, by Snakemake's name.

    Raises:
        InputError: If it is not there.
    """
    if unseen and executor == "local":
        find_program(settings)


def check_accelerator(training: Training, scripts: Iterable[Path]) -> None:
    """Check, where steps run on this machine, that the GPU is there on which some of them are to train.

    Args:
        training: Says where networks are trained.
        scripts: Of the steps to do.

    Raises:
        InputError: If it is not there.
    """
    if training.accelerator == "cuda" and any(map(_trains, scripts)):
        # Here alone: torch takes seconds to load, and nobody else needs it to plan a run.
        from onefilter.training.fit import accelerator_of

        accelerator_of(training)


def _trains(script: Path) -> bool:
    """Tell whether a step trains networks."""
    return file_of("onefilter.training.fit") in sources(script)


def _taken_by(script: Path) -> tuple[list[str], set[str]]:
    """Read off a script what its step takes: the names without a default, and all names."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    last = tree.body[-1]
    match last:
        case ast.Expr(value=ast.Call(func=ast.Name(id="bind" | "bind_figure" as binder), args=[ast.Name(id=name)])):
            pass
        case _:
            raise InputError("its last line is not bind(<its step>)", file=script, remedy="see CONTRIBUTING.md")
    if binder == "bind" and name != script.stem:
        raise InputError(f"binds {name}", file=script, remedy=f"name the step {script.stem}, like the script")
    function = _definition(tree, name)
    parameters = [*function.args.args, *function.args.kwonlyargs]
    optional = len(function.args.defaults)
    required = [argument.arg for argument in function.args.args[: len(function.args.args) - optional]]
    required += [
        argument.arg
        for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        if default is None
    ]
    further = list(FURTHER) if binder == "bind_figure" else []
    return [*required, *further], {argument.arg for argument in parameters} | set(further)


def _definition(tree: ast.Module, name: str) -> ast.FunctionDef:
    """Find a function's definition in a module, or in the module of the package that it is imported from."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                path = file_of(node.module) if (alias.asname or alias.name) == name else None
                if path is not None:
                    return _definition(ast.parse(path.read_text(encoding="utf-8")), alias.name)
    message = f"no function {name}"
    raise LookupError(message)
