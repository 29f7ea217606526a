"""One module per command of the command line; light to import, never torch."""
