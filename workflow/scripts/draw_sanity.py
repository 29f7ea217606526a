"""Draw the checks of the explanations."""

from onefilter.figures.sanity import explanation_checks
from onefilter.workflow.drawing import bind_figure

bind_figure(explanation_checks)
