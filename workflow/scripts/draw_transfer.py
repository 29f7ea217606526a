"""Draw what filters are worth in other cultures."""

from onefilter.figures.transfer import ccc_by_training
from onefilter.workflow.drawing import bind_figure

bind_figure(ccc_by_training)
