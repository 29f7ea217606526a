"""Real time: frames come one by one, predictions leave as soon as all that they look at is there. NumPy only."""
