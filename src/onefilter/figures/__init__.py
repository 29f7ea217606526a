"""Figures and pages: functions from tables to a matplotlib figure or to HTML; they neither read nor save."""
