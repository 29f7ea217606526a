"""Value- and time-continuous emotion from facial action units with a CNN that has a single filter.

The rooms follow the data: ``corpus`` reads recordings, ``features`` turns frames into windows, ``training``
learns the filters, ``evaluation`` scores them, ``figures`` draws. ``steps`` holds one function per Snakemake
rule, the only place where the pipeline reads and writes files.
"""

__version__ = "0.1.0"
