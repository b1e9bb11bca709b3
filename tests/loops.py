"""Which loops run: the plain ones, or those that numba compiles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aecodec.integer import Loop

WAYS = ("plain", "compiled", "uncompiled")


@contextmanager
def running(way: str) -> Iterator[None]:
    """Run all loops in one of WAYS; `uncompiled` is what is compiled, run by Python."""

    def loop(self: Loop, saving: int) -> Callable[..., Any] | None:
        assert saving >= 0
        if way == "plain":
            return None
        if way == "uncompiled":
            return self.function
        if self._compiled is None:
            self._compile()
        assert self._compiled is not None, "numba is not installed, or fails"
        return self._compiled

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "compiled", loop)
        yield
