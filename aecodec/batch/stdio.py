"""The name that stands for standard input and output."""

STDIO = "-"  # as an input standard input, as an output standard output
