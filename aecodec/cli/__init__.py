"""The command line: one module a command, each thin; what is slow to import waits inside them."""

import gc

from aecodec.cli import interrupts

NEW_OBJECTS = 100_000  # between searches for cycles: Python's 700 cost a tenth of the start


def main() -> None:
    """Run the command line.

    Exit codes are 0 where all is well, 1 where something could not be done, 2 for wrong usage and
    130 where it was interrupted.
    """
    interrupts.end_at_once()  # before anything that takes time to import
    gc.set_threshold(NEW_OBJECTS)
    from aecodec.cli.program import run

    try:
        run()
    finally:
        interrupts.ignore()
        gc.freeze()  # or the interpreter looks through all modules for cycles as it ends
