"""The values that were used last, within a number of bytes."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Keeps the values that were used last; those used longest ago go first.

    It may be used from many threads at once.

    >>> recent = Recent[str](10)
    >>> recent.put(1, "one", 4)
    >>> recent.put(2, "two", 4)
    >>> recent.get(1)
    'one'
    >>> recent.put(3, "three", 4)
    >>> recent.get(1), recent.get(2)
    ('one', None)

    Args:
        room: How many bytes to keep at most; a value that is larger alone is not kept.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, tuple[Value, int]] = OrderedDict()
        self._size = 0

    def get(self, key: int) -> Value | None:
        """The value of a key, or None where it is not kept."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: int, value: Value, size: int) -> None:
        """Keep a value of `size` bytes."""
        with self._lock:
            if key in self._kept:
                self._size -= self._kept.pop(key)[1]
            self._kept[key] = value, size
            self._size += size
            while self._size > self._room:
                _, (_, freed) = self._kept.popitem(last=False)
                self._size -= freed
