"""Options that take a number: one wording for every one that is refused."""

import re
from collections.abc import Callable

import typer


def whole(least: int, most: int | None = None) -> Callable[[str | int], int]:
    """A parser of whole numbers from `least` to `most`, or of any from `least` up.

    Example:
        >>> whole(1, 3)("2")
        2
    """

    def parse(text: str | int) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            raise _refusal(text, f"a whole number {_range(least, most)}")
        return number

    return parse


def real(least: float | None = None) -> Callable[[str | float], float]:
    """A parser of numbers from `least` up, or of any.

    Example:
        >>> real()("1e-3")
        0.001
    """

    def parse(text: str | float) -> float:
        needed = "a number" if least is None else f"a number {_range(least)}"
        try:
            number = float(text)
        except ValueError:
            raise _refusal(text, needed) from None
        if least is not None and not number >= least:  # nor is what is no number
            raise _refusal(text, needed)
        return number

    return parse


def number_range(text: str | slice) -> slice:
    """Parse the numbers from one on and before another, of which either may be left out.

    Example:
        >>> number_range("100:")
        slice(100, None, None)
    """
    if isinstance(text, slice):
        return text
    found = re.fullmatch(r"(\d{0,18}):(\d{0,18})", text)
    if found is None:
        raise _refusal(text, "numbers such as 100:200, :100 or 100:")
    first, end = (int(part) if part else None for part in found.groups())
    return slice(first, end)


def _range(least: float, most: float | None = None) -> str:
    return f"of {least} or more" if most is None else f"from {least} to {most}"


def _refusal(text: object, needed: str) -> typer.BadParameter:
    return typer.BadParameter(f"found {str(text)!r}, need {needed}.")
