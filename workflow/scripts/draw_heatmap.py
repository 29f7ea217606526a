"""Draw the heat map of the features' statistics per culture."""

from onefilter.figures.heatmap import heatmap
from onefilter.workflow.drawing import bind_figure

bind_figure(heatmap)
