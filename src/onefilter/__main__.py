"""`python -m onefilter`: the command line where the program is not on the path."""

from onefilter.cli import main

main()
