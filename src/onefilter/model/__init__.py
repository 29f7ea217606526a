"""Trained models: what they are, the files that they are kept in, and what they predict."""
