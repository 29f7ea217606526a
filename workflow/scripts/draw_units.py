"""Draw the action units, from rest to their strongest."""

from onefilter.figures.faces import action_units
from onefilter.workflow.drawing import bind_figure

bind_figure(action_units)
