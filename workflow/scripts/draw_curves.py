"""Draw the learning curves of all targets and seeds."""

from onefilter.figures.curves import learning_curves
from onefilter.workflow.drawing import bind_figure

bind_figure(learning_curves)
