"""The command line as ``python -m onefilter.cli``, run by forks of a process that has loaded most of it."""

import onefilter.cli
import onefilter.commands.inspect
import onefilter.commands.live
import onefilter.commands.predict
import onefilter.figures.curves
import onefilter.figures.predictions

if __name__ == "__main__":
    onefilter.cli.main()
