"""Formats of frame-wise files: each is a module with ``recognise`` and ``read``, and a line of `registry`."""
