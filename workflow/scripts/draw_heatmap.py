"""Draw the heat map of the features' statistics per culture."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.heatmap import heatmap

bind_figure(heatmap)
