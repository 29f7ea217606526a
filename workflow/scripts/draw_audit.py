"""Draw which statistics the published names of the features belong to."""

from onefilter.figures.audit import label_audit
from onefilter.workflow.drawing import bind_figure

bind_figure(label_audit)
