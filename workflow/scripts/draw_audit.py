"""Draw which statistics the published names of the features belong to."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.audit import label_audit

bind_figure(label_audit)
