"""The one-filter network: its equation, how it learns, and the file that a trained model is kept in."""
