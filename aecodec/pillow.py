"""What Pillow says beside its errors, and whether it is shown."""

import warnings

_hushed = False


def hush() -> None:
    """Show none of Pillow's warnings and messages: what matters of them is told as an error."""
    global _hushed
    warnings.filterwarnings("ignore", module="PIL")
    _hushed = True


def hush_log() -> None:
    """Do with its log what was wanted; to be called by what imports the modules that log."""
    if _hushed:
        import logging

        logging.getLogger("PIL").setLevel(logging.CRITICAL)
