"""The paper as one HTML page that needs no other file, no network and no script."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from onefilter.figures.rendering import render, render_text, shown
from onefilter.figures.sections import CONFIGURATION, PROVENANCE, Best, Design, Found, Section, order_of, sections
from onefilter.figures.vector import inline
from onefilter.manifest import OF_THE_RUN
from onefilter.names import model_notice, twin_notice

logger = logging.getLogger("onefilter")

LARGEST: Final = 5_800_000
"""Characters of all drawings together; figures beyond are named and not shown."""
ALTERNATIVES: Final[Mapping[str, str]] = {
    "units": "Drawn faces: each action unit at rest and at its strongest.",
    "boxes": "Box plots of the moving means and standard deviations of all signals, and violins of labels, by culture.",
    "heatmap": "Heat map of the statistics of all features, by culture.",
    "audit": "Bars: the largest value of each feature that is called a mean, under both orders of names.",
    "annotators": "Circles and intervals: CCC of each annotator with the mean of the others, by target and culture.",
    "curves": "Lines: the CCC of training and development recordings by epoch.",
    "scores": "Dots and intervals: the CCC of every seed and of the chosen one, by target and culture, above lines for"
    " the constant and the ridge filter.",
    "predictions": "Lines: predictions and labels of some recordings of {}.",
    "filters": "Heat map and curves: the weights of the filter for {} by feature and lag.",
    "patterns": "Bars: filter and pattern for {} side by side, by feature.",
    "faces": "Drawn faces: low {0}, the mean face, and high {0}.",
    "ranking": "Bars: shares of features in the variance of predictions, the largest first.",
    "cultures": "Scatter plot: shares of features in one culture against those in the others.",
    "relevance": "Heat map: what each feature contributes to predicted {} at every moment of one recording.",
    "sanity": "Curves: the score while features are replaced one by one, in several orders.",
}
"""What a figure shows to who cannot see it, by kind; {} is its target or split."""
_TABLES: Final = {"units": "the action units"}
"""Figures that the draft counts as tables, and what they are of."""


@dataclass(frozen=True)
class Figure:
    """A figure of a run.

    Attributes:
        name: Of its file, without the ending: ``faces-valence``.
        caption: The report's caption, a template.
        image: The content of its SVG file.
    """

    name: str
    caption: str
    image: bytes

    @property
    def kind(self) -> str:
        """What is drawn."""
        return self.name.partition("-")[0]

    @property
    def about(self) -> str:
        """Whose: a target or a split; empty if it is everybody's."""
        return self.name.partition("-")[2]

    @property
    def alternative(self) -> str:
        """What it shows to who cannot see it."""
        return ALTERNATIVES[self.kind].format(spaced(self.about))


def paper(
    design: Design, found: Found, best: Mapping[str, Best], figures: Sequence[Figure], rules: Mapping[str, str]
) -> str:
    """Write the page.

    Args:
        design: What was done.
        found: The tables.
        best: The model of each target.
        figures: In the order in which they are shown within their kind.
        rules: By file below the results, the rule that makes it; links lead to this list.
    """
    shown = {figure.name: figure for figure in figures}
    written = [
        section
        for section in sections(design, found, best)
        if any(section.paragraphs) or section.sheets or order_of(shown, section.figures)
    ]
    wanted = [name for section in written for name in order_of(shown, section.figures)]
    images = embedded([shown[name] for name in wanted])
    titles = _titles(written, shown)
    for name in wanted:
        if name not in images:
            logger.warning("the page has no room for %s: the figures take more than %.1f MB", name, LARGEST / 1e6)
    corpora = {} if twin_notice(design.corpus) else {target: each.corpus for target, each in best.items()}
    kept = {"corpus": {"source": design.corpus}, "model_files": not design.trained}
    return render(
        "templates/paper.html.j2",
        notice=twin_notice(design.corpus) or model_notice(corpora),
        corpus=design.corpus,
        sections=[_laid_out(section, shown, images, titles, rules, configuration=kept) for section in written],
        sources=[{"file": file, "rule": rule, "anchor": anchor(file)} for file, rule in sorted(rules.items())],
    )


def _laid_out(
    section: Section,
    figures: Mapping[str, Figure],
    images: Mapping[str, Markup],
    titles: Mapping[str, str],
    rules: Mapping[str, str],
    *,
    configuration: Mapping[str, object],
) -> dict[str, Any]:
    """Give the template what it shows of a section."""
    return {
        "title": section.title,
        "anchor": section.anchor,
        "paragraphs": [
            (section.headings.get(place, ""), _runs([(fact.text, fact.source) for fact in facts], rules))
            for place, facts in enumerate(section.paragraphs)
        ],
        "sheets": [
            {
                "caption": titles[sheet.caption],
                "link": _link(sheet.source, rules),
                "columns": sheet.columns,
                "marks": [Markup(mark) for mark in OF_THE_RUN] if sheet.of_the_run else ["", ""],
                "rows": [[(_kind(cell), cell) for cell in row] for row in sheet.rows],
            }
            for sheet in section.sheets
        ],
        "figures": [
            {
                "title": titles[name],
                "alternative": figures[name].alternative,
                "caption": caption(figures[name], configuration=configuration),
                "link": _link(f"figures/{name}.svg", rules),
                "image": images.get(name, ""),
                "file": f"figures/{name}.svg",
            }
            for name in order_of(figures, section.figures)
        ],
    }


def _titles(written: Sequence[Section], figures: Mapping[str, Figure]) -> dict[str, str]:
    """Number tables and figures in the order in which they are shown: by caption or name, what stands above it."""
    found: dict[str, str] = {}
    tables = shown = 0
    for section in written:
        drawn = order_of(figures, section.figures)
        for name, of in [(sheet.caption, sheet.caption) for sheet in section.sheets] + [
            (name, _TABLES.get(name, "")) for name in drawn
        ]:
            tables, shown = (tables + 1, shown) if of else (tables, shown + 1)
            found[name] = f"Table {tables}: {of}" if of else f"Figure {shown}"
    return found


def spaced(about: str) -> str:
    """Write the name of a target or a split as words."""
    return about.replace("_", " ")


def _runs(facts: Iterable[tuple[str, str]], rules: Mapping[str, str]) -> list[dict[str, Any]]:
    """Join sentences that follow each other and are from the same table, so that it is named once."""
    runs: list[dict[str, Any]] = []
    for text, source in facts:
        link = _link(source, rules)
        if runs and runs[-1]["link"] == link:
            runs[-1]["texts"].append(_as_text(text))
        else:
            runs.append({"texts": [_as_text(text)], "link": link})
    return runs


def _link(file: str, rules: Mapping[str, str]) -> dict[str, str] | None:
    """Lead to where a file is listed with its rule, or to the configuration; nowhere if it is neither."""
    if file == CONFIGURATION:
        return {"file": file, "anchor": PROVENANCE, "rule": ""}
    return {"file": file, "anchor": anchor(file), "rule": rules[file]} if file in rules else None


def _as_text(text: str) -> Markup:
    """Give a sentence as templates show it, with its numbers and units on one line."""
    return Markup(unbroken(escape(shown(text))))


def unbroken(text: str) -> str:
    """Keep numbers and their units on one line."""
    return re.sub(r"(?<=\d) (?=(s|min|%|mm|Hz)\b|%)", "\N{NO-BREAK SPACE}", text)


def anchor(file: str) -> str:
    """Give the anchor of a file: letters, digits and hyphens."""
    return "from-" + re.sub(r"\W+", "-", file)


def _kind(cell: str) -> str:
    """Tell numbers, which stay on one line, verdicts, which have colours, and long text, which needs room."""
    marks = {"holds": "good", "fails": "bad", "not testable here": "open"}
    short = "number" if re.match(r"[−+\[\d–]", cell) else ""
    return marks.get(cell) or (short if len(cell) < 24 else "words")


def caption(figure: Figure, *, configuration: Mapping[str, object]) -> Markup:
    """Fill in a caption of the report, and give what is in its double backquotes as code.

    Args:
        figure: Whose.
        configuration: The keys that captions ask for.
    """
    culture, _, partition = figure.about.rpartition("-")
    wildcards = {"target": figure.about, "culture": culture, "partition": partition}
    text = render_text(figure.caption, snakemake={"wildcards": wildcards, "config": configuration})
    return Markup(re.sub(r"``(.+?)``", r"<code>\1</code>", unbroken(" ".join(text.split()))))


def embedded(figures: Sequence[Figure]) -> dict[str, Markup]:
    """Give figures as elements of the page, by name, as many as there is room for (`LARGEST`)."""
    found: dict[str, Markup] = {}
    room = LARGEST
    for figure in figures:
        drawn = inline(figure.image, name=figure.name, alternative=figure.alternative)
        if len(drawn) <= room:
            found[figure.name] = drawn
            room -= len(drawn)
    return found
