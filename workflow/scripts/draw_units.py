"""Draw the action units, from rest to their strongest."""

from onefilter.workflow.drawing import bind_figure

from onefilter.figures.faces import action_units

bind_figure(action_units)
