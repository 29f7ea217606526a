"""Draw the learning curves of all targets and seeds."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.curves import learning_curves

bind_figure(learning_curves)
