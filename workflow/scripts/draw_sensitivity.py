"""Draw how much scores depend on delay, length of the filter, window and features."""

from onefilter.figures.sensitivity import ccc_by_setting
from onefilter.workflow.drawing import bind_figure

bind_figure(ccc_by_setting)
