"""Draw CCC against the number of features that the network sees."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.selection import ccc_by_feature_count

bind_figure(ccc_by_feature_count)
