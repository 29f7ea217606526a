"""Examples that several test modules share, by room."""
