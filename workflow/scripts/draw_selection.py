"""Draw CCC against the number of features that the network sees."""

from onefilter.figures.selection import ccc_by_feature_count
from onefilter.workflow.drawing import bind_figure

bind_figure(ccc_by_feature_count)
