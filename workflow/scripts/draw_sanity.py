"""Draw the checks of the explanations."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.sanity import explanation_checks

bind_figure(explanation_checks)
