"""Draw how much scores depend on delay, length of the filter, window and features."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.sensitivity import ccc_by_setting

bind_figure(ccc_by_setting)
