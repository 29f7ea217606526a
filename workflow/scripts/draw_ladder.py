"""Draw CCC against the number of weights, from the deepest network to the shallowest."""

from onefilter.figures.ladder import ccc_by_depth
from onefilter.workflow.drawing import bind_figure

bind_figure(ccc_by_depth)
