"""Coders of several models, each built when it is first needed."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import overload

from aecodec.kinds.coder import Coder


class LazyCoders(Sequence[Coder]):
    """Coders by their places in a header. May be used from many threads at once.

    Args:
        builders: Build each of the coders, and raise what is wrong with its model. Each is called
            once, or again after an error.
    """

    def __init__(self, builders: Sequence[Callable[[], Coder]]) -> None:
        self._builders = builders
        self._built: dict[int, Coder] = {}
        self._lock = threading.Lock()

    @overload
    def __getitem__(self, key: int) -> Coder: ...
    @overload
    def __getitem__(self, key: slice) -> list[Coder]: ...
    def __getitem__(self, key: int | slice) -> Coder | list[Coder]:
        """Build a coder, or return it where that is done."""
        place = range(len(self))[key]
        if isinstance(place, range):
            return [self[number] for number in place]
        if place not in self._built:
            with self._lock:
                if place not in self._built:
                    self._built[place] = self._builders[place]()
        return self._built[place]

    def builders(self) -> list[Callable[[], Coder]]:
        """Functions that get the coders, for others to build them by."""
        return [partial(self.__getitem__, place) for place in range(len(self))]

    def __len__(self) -> int:
        return len(self._builders)
