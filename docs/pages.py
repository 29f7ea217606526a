"""Pages of the site that are made while it is built: commands, settings, the library, and the captions of figures.

MkDocs calls `on_config`, `on_files` and `on_page_markdown` (mkdocs.yml, `hooks`). Each text has one source: the command
line, config/README.md, the docstrings, workflow/report. On GitHub, links lead to these sources.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import jinja2
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]
LIBRARY: Final = ROOT / "src/onefilter"
COPIED: Final = {
    "configuration.md": "config/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
"""By page, the file of the project that it shows."""
ROOMS: Final = (
    "corpus", "features", "model", "training", "evaluation", "explanation", "verification", "figures", "live",
    "commands", "workflow",
)  # fmt: skip
BASICS: Final = "basics"
"""The page of the modules that lie in no room."""
CAPTION: Final = re.compile(r"\[The caption[^\]]*\]\(\.\./workflow/report/([\w-]+)\.rst\)")

LINK: Final = re.compile(r"(?<!!)\[([^\]]+)\]\(((?:[\w.-]+/)*[\w-]+\.\w+(?:#[\w-]+)?)\)")
"""A link to a file of the project; formulas such as R[k, f](t) are none."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of the library into the navigation, where it says ``api/``."""
    pages = [{name.capitalize(): f"api/{name}.md"} for name in (*ROOMS, BASICS)]

    def filled(entry: Any) -> Any:
        if isinstance(entry, list):
            return [filled(one) for one in entry]
        if isinstance(entry, dict):
            return {name: filled(one) for name, one in entry.items()}
        return pages if entry == "api/" else entry

    config.nav = filled(config.nav)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file of the documentation holds."""
    texts = {page: (ROOT / path).read_text(encoding="utf-8") for page, path in COPIED.items()}
    texts["commands.md"] = _commands()
    for room in ROOMS:
        texts[f"api/{room}.md"] = _modules(room.capitalize(), (LIBRARY / room).rglob("*.py"))
    texts[f"api/{BASICS}.md"] = _modules("Basics", LIBRARY.glob("[!_]*.py"))
    for page, text in texts.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put captions in, and let links lead to pages of the site; what is no page is named without a link."""
    text = CAPTION.sub(lambda match: caption(match[1]), markdown)
    here = ROOT / COPIED.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def link(match: re.Match[str]) -> str:
        path, mark, place = match[2].partition("#")
        target = Path(os.path.normpath(here.parent / path))
        if not target.exists():
            message = f"{here.relative_to(ROOT)} links to {path}, which is not there"
            raise PluginError(message)
        found = _page_of(target)
        if found is None:
            return match[1]
        up = "../" * page.file.src_uri.count("/")
        return f"[{match[1]}]({up}{found}{mark}{place})"

    return text if page.file.src_uri.startswith("api/") else LINK.sub(link, text)


def caption(name: str) -> str:
    """Give the caption of a result as the report has it, without what depends on a run."""
    text = (ROOT / f"workflow/report/{name}.rst").read_text(encoding="utf-8")
    wildcards = {name: f"*{name}*" for name in ("target", "culture", "partition")}
    run = {"wildcards": wildcards, "config": {"corpus": {"source": ""}, "model_files": None}}
    try:
        text = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(snakemake=run)
    except jinja2.TemplateError as error:
        message = f"workflow/report/{name}.rst holds a template that docs/pages.py does not know ({error})"
        raise PluginError(message) from error
    return " ".join(text.replace("``", "`").split())


def _page_of(path: Path) -> str | None:
    """Find the page that shows a file of the project; none, if there is no such page."""
    for page, source in COPIED.items():
        if path == ROOT / source:
            return page
    if path == ROOT / "README.md":
        return "index.md"
    return str(path.relative_to(ROOT / "docs")) if path.is_relative_to(ROOT / "docs") else None


def _commands() -> str:
    """Describe the command line, from its own help."""
    command = [sys.executable, "-m", "typer", "onefilter.cli", "utils", "docs", "--name", "onefilter"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    text = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    return text.replace("# `onefilter`\n", "# Commands\n", 1).replace("&#x27;", "'").replace("&gt;", ">")


def _modules(title: str, paths: Any) -> str:
    """Give a page with the docstrings of some modules."""
    names = sorted(".".join(path.relative_to(ROOT / "src").with_suffix("").parts) for path in paths)
    names = [name.removesuffix(".__init__") for name in names]
    return "\n\n".join(
        [f"# {title}", *(f"## {name}\n\n::: {name}\n    options: {{show_root_heading: false}}" for name in names)]
    )
