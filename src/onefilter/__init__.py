"""Value- and time-continuous emotion from facial action units with a CNN that has a single filter.

The rooms follow the data: ``corpus`` reads recordings, ``features`` turns frames into windows, ``training``
learns the filters, ``evaluation`` scores them, ``figures`` draws. A script in ``workflow/scripts`` is the step of
a Snakemake rule; it reads files, calls a room, and writes files.
"""

__version__ = "0.1.0"
