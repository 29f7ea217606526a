"""Draw how far annotators agree."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.annotators import annotators_by_culture

bind_figure(annotators_by_culture)
