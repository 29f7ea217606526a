"""Draw what filters are worth in other cultures."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.transfer import ccc_by_training

bind_figure(ccc_by_training)
