"""Draw the CCC of every target, culture and seed, with intervals."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.scores import ccc_by_culture

bind_figure(ccc_by_culture)
