"""Figures: functions from frames to a matplotlib figure; they neither read nor save."""
