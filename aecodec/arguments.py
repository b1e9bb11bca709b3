"""What Python callers may ask for, checked before any work, as the command line checks options."""

import math

from aecodec.errors import InvalidArgumentError
from aecodec.kinds import EFFORTS


def check_arguments(effort: int, max_mse: float | None) -> None:
    """Raise InvalidArgumentError for an effort or a bound that cannot be met."""
    if effort not in EFFORTS:
        raise InvalidArgumentError(f"effort is {min(EFFORTS)} to {max(EFFORTS)}, not {effort!r}.")
    if max_mse is not None and not (math.isfinite(max_mse) and max_mse >= 0):
        raise InvalidArgumentError(
            f"max_mse is a finite number of at least 0, or None, not {max_mse!r}."
        )
