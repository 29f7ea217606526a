"""A script is its step: one typed function, and one last line that binds it to its rule.

What a rule names under ``input``, ``output``, ``params`` and as wildcards becomes, by name, what the function takes;
``threads`` may be taken, too. Names are checked for all rules when Snakemake reads the workflow (`check_rule`), from
the scripts' text, before anything runs. Values are brought to the annotated types: paths, settings, numbers.

A rule that draws tables has a figure function for its step (`bind_figure`): its tables are read, its figure is saved.
"""

import ast
import logging
import os
import sys
import typing
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

import pandas as pd
from pydantic import TypeAdapter

from onefilter.errors import InputError
from onefilter.tables import read_table
from onefilter.workflow.provenance import file_of

logger = logging.getLogger("onefilter")

NOT_TAKEN: Final = frozenset({"code"})
"""What rules name for Snakemake alone: the library's files, whose change reruns the rule."""
OFFERED: Final = frozenset({"threads"})
"""What every rule offers without naming it."""
DRAWING: Final = frozenset({"figure", "dpi"})
"""What a rule that draws names besides what its figure function takes."""

# Snakemake says by OMP_NUM_THREADS how many threads a rule may use; polars looks at its own variable.
if "OMP_NUM_THREADS" in os.environ:
    os.environ.setdefault("POLARS_MAX_THREADS", os.environ["OMP_NUM_THREADS"])


def bind(step: Callable[..., None]) -> None:
    """Run a step with what its rule names. Where Snakemake does not run the script, this does nothing."""
    job = _job()
    if job is not None:
        perform(step, _named_by(job), log=Path(job.log[0]))


def bind_figure(draw: Callable[..., Any]) -> None:
    """Read the tables that a figure function takes, call it, save its figure; otherwise like `bind`."""
    job = _job()
    if job is not None:
        perform(drawing(draw), _named_by(job), log=Path(job.log[0]))


def drawing(draw: Callable[..., Any]) -> Callable[..., None]:
    """Make a step of a figure function: from paths of tables to the file of the figure.

    Parameters that are annotated as ``pd.DataFrame`` are read from the files that the rule names alike, several of
    them one below the other; ``Annotated[pd.DataFrame, COLUMNS]`` says which columns must be there.
    """
    hints = typing.get_type_hints(draw, include_extras=True)
    tables = {name: columns for name, hint in hints.items() if (columns := _columns_in(hint)) is not None}

    def step(figure: Path, dpi: int, **given: Any) -> None:
        from onefilter.figures.style import save

        for name, columns in tables.items():
            paths = [given[name]] if isinstance(given[name], str) else given[name]
            given[name] = read_table([Path(path) for path in paths], columns)
        save(draw(**given), figure, dpi=dpi)

    step.__name__ = draw.__name__
    step.__annotations__ |= {name: hint for name, hint in hints.items() if name not in {*tables, "return"}}
    step.__annotations__ |= {name: list[Path] for name in tables}
    step.__dict__["takes"] = {*hints, *DRAWING} - {"return"}
    return step


def _columns_in(hint: Any) -> Mapping[str, type] | None:
    """Give the columns that an annotation asks of a table; None if it is no table."""
    if hint is pd.DataFrame:
        return {}
    if typing.get_origin(hint) is typing.Annotated and hint.__origin__ is pd.DataFrame:
        found: Mapping[str, type] = hint.__metadata__[0]
        return found
    return None


def _job() -> Any:
    """Give what Snakemake hands to a script, if it runs one."""
    job = vars(sys.modules["__main__"]).get("snakemake")
    return job if type(job).__name__ == "Snakemake" else None


def _named_by(job: Any) -> dict[str, Any]:
    """Gather what a rule names for one job."""
    given: dict[str, Any] = {"threads": job.threads}
    for part in (job.input, job.output, job.params, job.wildcards):
        given |= dict(part.items())
    return given


def perform(step: Callable[..., None], given: Mapping[str, Any], *, log: Path) -> None:
    """Run a step; what it says goes to its log and to the terminal. A user's mistake ends it with one line.

    Args:
        step: The function.
        given: What the rule names; what the step does not take is left out.
        log: The log's file.

    Raises:
        SystemExit: With code 1 if the step fails; its log says why.
    """
    with _logging(log):
        try:
            step(**arguments(step, given))
        except InputError as error:
            logger.error("%s", error)
            sys.exit(1)
        except Exception:
            logger.exception("%s failed", step.__name__)
            sys.exit(1)


def arguments(step: Callable[..., None], given: Mapping[str, Any]) -> dict[str, Any]:
    """Choose what a step takes and bring it to the annotated types.

    A list of one file is that file where one path is taken, and none where it is empty and ``None`` is allowed.
    """
    hints = typing.get_type_hints(step, include_extras=True)
    taken = [name for name in vars(step).get("takes", hints) if name in given and name != "return"]
    return {name: _brought(given[name], hints[name]) for name in taken}


def _brought(value: Any, hint: Any) -> Any:
    """Bring one value to its annotated type."""
    allowed = typing.get_args(hint) or (hint,)
    if isinstance(value, list) and Path in allowed and typing.get_origin(hint) is not list and len(value) < 2:
        value = value[0] if value else None
    elif isinstance(value, str) and hint == list[Path]:
        value = [value]
    return TypeAdapter(hint).validate_python(value)


@contextmanager
def _logging(log: Path) -> Iterator[None]:
    """Send what is logged to a file and, from the level of information on, to the terminal; warnings to the file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    formatter = logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S")
    handlers: list[logging.Handler] = [logging.FileHandler(log, mode="w"), logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    handlers[1].setLevel(logging.INFO)
    logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _log_warning
            yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.flush()
        handlers[0].close()


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write a warning to the log rather than to the terminal."""
    logger.debug("%s:%d: %s: %s", filename, lineno, category.__name__, message)


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
    further = list(DRAWING) if binder == "bind_figure" else []
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
