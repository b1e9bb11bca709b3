"""How a batch tells a user interface how far it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Progress = Callable[[int], None]  # takes how many more are done
Bar = Callable[[int], AbstractContextManager[Progress | None]]  # takes how many there are


def no_bar(_total: int) -> AbstractContextManager[None]:
    """Report no progress."""
    return nullcontext()
