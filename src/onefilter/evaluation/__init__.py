"""Predictions, their concordance with labels, and how sure one may be of it."""
