"""The command line: one module a command, each thin; what is slow to import waits inside them."""

from aecodec.cli import interrupts


def main() -> None:
    """Run the command line.

    Exit codes are 0 where all is well, 1 where something could not be done, 2 for wrong usage and
    130 where it was interrupted.
    """
    interrupts.end_at_once()  # before anything that takes time to import
    from aecodec.cli.program import run

    try:
        run()
    finally:
        interrupts.ignore()
