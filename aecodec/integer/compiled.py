"""Loops that numba compiles, where it is installed and there is enough to do.

Nothing depends on it: every loop has a plain path beside it, in Python or NumPy, that gives the
same integers. A process begins on the plain path, and takes up the compiled loops once it has
spent as long there as importing numba takes. So small batches never wait for it, and no batch
takes much longer than the quicker of the two ways. What was compiled is kept on disk.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

LOADING = 600_000  # microseconds, of importing numba and loading what it compiled before


class _Meter:
    """What compiled loops would have saved this process so far, in microseconds."""

    saved = 0
    forced: bool | None = None  # whether every loop runs compiled or plain, whatever there is to do


class Loop:
    """A function in the part of Python that numba compiles.

    Args:
        function: Takes arrays, and calls no other function of ours than those it uses.
        types: Those of its arguments, as numba writes them, such as `(int64[::1], uint8[::1])`.
        uses: The functions that it calls, by their own names. Each may call those before it.
        inlined: Those of them that are written out where they are called, before LLVM sees them: it
            pays where arrays are handed on at each step, whose references a call counts.
        fused: Whether a product and a sum of floats may be rounded once, not twice; it changes
            nothing where both are exact.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        types: str,
        uses: Sequence[Callable[..., Any]] = (),
        *,
        inlined: Sequence[Callable[..., Any]] = (),
        fused: bool = False,
    ) -> None:
        self.function = function
        self._types = types
        self._uses = uses
        self._inlined = inlined
        self._options = {"nogil": True, "fastmath": {"contract"} if fused else False}
        self._compiled: Callable[..., Any] | None = None
        self._fails = False

    @property
    def functions(self) -> tuple[Callable[..., Any], ...]:
        """It and, before it, those that it uses: what a loop uses that calls it."""
        return *self._uses, self.function

    def compiled(self, saving: int) -> Callable[..., Any] | None:
        """The compiled function; None as long as the plain path is the better one.

        Args:
            saving: About how many microseconds the compiled loop saves on what is to be done now.
        """
        if _Meter.forced is False:
            return None
        if self._compiled is None and not self._fails:
            _Meter.saved += saving
            if _Meter.forced or _Meter.saved > LOADING:
                self._compile()
        return self._compiled

    def _compile(self) -> None:
        try:
            from numba import njit

            names: dict[str, Callable[..., Any]] = {}
            for used in self._uses:
                inline = "always" if used in self._inlined else "never"
                compiled = njit(inline=inline, **self._options)(_with(names, used))
                names[used.__name__] = compiled
            function = _with(names, self.function)
            self._compiled = njit(self._types, cache=True, **self._options)(function)
        except Exception:  # no numba, one that is too old for NumPy, no place for what it compiled
            self._fails = True


def _with(names: dict[str, Callable[..., Any]], function: Callable[..., Any]) -> FunctionType:
    """A copy of a function for which some names stand for others."""
    return FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)


@contextmanager
def all_loops(*, compiled: bool) -> Iterator[None]:
    """Run every loop of this process compiled, or plain, to compare the two.

    Args:
        compiled: Take up the compiled loops at once, where numba is installed.
    """
    before = _Meter.forced
    _Meter.forced = compiled
    try:
        yield
    finally:
        _Meter.forced = before
