"""Real time: frames come one by one; a prediction is given once the frames that it needs are there. NumPy only."""
