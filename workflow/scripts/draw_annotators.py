"""Draw how far annotators agree."""

from onefilter.figures.annotators import annotators_by_culture
from onefilter.workflow.drawing import bind_figure

bind_figure(annotators_by_culture)
