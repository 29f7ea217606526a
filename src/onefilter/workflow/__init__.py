"""What is between Snakemake and the rooms: the plan of a run, the binding of rules to steps, code as an input."""
