"""Labels of images: what they are, and how those of a chunk are coded."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from aecodec.container.values import is_text, pack_value, unpack_value
from aecodec.container.varints import read_varint, varint
from aecodec.errors import CorruptFileError, InvalidArgumentError

Label = int | str | tuple[int, ...]
MAX_LABEL_VALUES = 4096
MAX_WIDTH = 4096
MAX_LABEL_BYTES = 1024
_INTEGERS = {
    name: range(int(np.iinfo(name).min), int(np.iinfo(name).max) + 1)
    for name in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")
} | {"bool": range(2)}
_BLOCK = 2**18  # cumulative frequencies that are held at a time


class LabelType(NamedTuple):
    """What the labels of a file are.

    Attributes:
        type: Of the array that they were: `bool`, `u1` to `i8`, `str`; `f4` or `f8` for one-hot
            rows.
        width: 0 for an array (N,), 1 for (N, 1), and the width of rows (N, width): one-hot rows,
            whose labels are positions, where there are values, else rows of integers.
        values: The labels that may occur, ascending; none where they are not from a list.
        classes: The name of each of the values, or none.
    """

    type: str
    width: int = 0
    values: tuple[Label, ...] = ()
    classes: tuple[str, ...] = ()

    def fault(self) -> str:
        """What is wrong with it, or an empty string."""
        if not self._known():
            return "the type of the labels is malformed"
        values = self.values
        if len(values) > MAX_LABEL_VALUES or not all(map(self.allows, values)):
            return "the values of the labels are malformed"
        if any(a >= b for a, b in pairwise(values)):  # type: ignore[operator]  # all of one type
            return "the values of the labels do not ascend"
        named = len(self.classes) in (0, len(values))
        if not named or not all(is_text(name, MAX_LABEL_BYTES) for name in self.classes):
            return "the names of the classes are malformed"
        return ""

    def _known(self) -> bool:
        if type(self.width) is not int or not 0 <= self.width <= MAX_WIDTH:
            return False
        if self.type in ("f4", "f8"):
            return self.width > 1 and bool(self.values)
        return self.type in _INTEGERS or (self.type == "str" and self.width <= 1)

    def allows(self, label: object) -> bool:
        """Whether a label is of this type."""
        if self.type == "str":
            return is_text(label, MAX_LABEL_BYTES)
        if self.width <= 1:
            return type(label) is int and label in _INTEGERS[self.type]
        if self.values:
            return type(label) is int and label in range(self.width)
        if not isinstance(label, tuple | list) or len(label) != self.width:
            return False
        return all(type(one) is int and one in _INTEGERS[self.type] for one in label)

    def fields(self) -> list[Any]:
        """As it stands in a header."""
        return [self.type, self.width, list(self.values), list(self.classes)]

    def pack(self, labels: Sequence[Label]) -> bytes:
        """Code the labels of a chunk by their counts in it, at the cost of their entropy.

        Raises:
            InvalidArgumentError: A label is not of this type, or none of its values.
        """
        if not self.values:
            if not all(map(self.allows, labels)):
                raise InvalidArgumentError(f"a label is no {self.type} of the format")
            return pack_value(list(labels))
        from aecodec.integer import range_coder  # what has no labels does without

        counts = Counter(labels)
        listed = [counts[value] for value in self.values]
        if sum(listed) != len(labels):
            raise InvalidArgumentError("a label is none of the values that the labels have")
        used = [value for value in self.values if counts[value]]
        starts = _starts([count for count in listed if count])
        numbers = {value: number for number, value in enumerate(used)}
        symbols = np.array([numbers[label] for label in labels], np.int64)
        payload = range_coder.encode(starts[symbols], starts[symbols + 1] - starts[symbols])
        return _pack_counts(listed) + payload

    def unpack(self, data: bytes, count: int) -> tuple[Label, ...]:
        """Decode what `pack` gave.

        Raises:
            CorruptFileError: The bytes are not those of `count` labels of this type.
        """
        if not self.values:
            labels = unpack_value(data, "the labels are")
            if not isinstance(labels, list) or len(labels) != count:
                raise CorruptFileError("the labels are not as many as the images")
            if not all(map(self.allows, labels)):
                raise CorruptFileError("a label is of another type than the header states")
            return tuple(tuple(one) if isinstance(one, list) else one for one in labels)
        from aecodec.integer import range_coder

        counts, position = _unpack_counts(data, len(self.values), count)
        used = [value for value, times in zip(self.values, counts, strict=True) if times]
        starts = _starts([times for times in counts if times])
        decoder = range_coder.RangeDecoder(data[position:])
        rows = max(1, _BLOCK // len(starts))
        parts = [
            decoder.symbols(np.tile(starts, (min(rows, count - start), 1)))
            for start in range(0, count, rows)
        ]
        decoder.finish()
        symbols = np.concatenate(parts)
        if np.bincount(symbols, minlength=len(used)).tolist() != [n for n in counts if n]:
            raise CorruptFileError("the labels of a chunk do not have the counts that it states")
        return tuple(used[symbol] for symbol in symbols.tolist())


def read_label_type(fields: object) -> LabelType | None:
    """The labels that a header states, or None where there are none.

    Raises:
        CorruptFileError: The field is malformed.
    """
    if fields == []:
        return None
    if not isinstance(fields, list) or len(fields) != 4:
        raise CorruptFileError("the header's labels are malformed")
    kind, width, values, classes = fields
    if type(kind) is not str or type(values) is not list or type(classes) is not list:
        raise CorruptFileError("the header's labels are malformed")
    labels = LabelType(kind, width, tuple(values), tuple(classes))
    if fault := labels.fault():
        raise CorruptFileError(fault)
    return labels


def _starts(counts: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    from aecodec.integer import entropy

    return entropy.cumulate(np.array(counts, np.int64))


def _pack_counts(counts: Sequence[int]) -> bytes:
    """All but the last, which is what the others leave; and none once nothing is left."""
    out = bytearray()
    left = sum(counts)
    at = 0
    while left and at < len(counts) - 1:
        out += varint(counts[at])
        left -= counts[at]
        at += 1
        if counts[at - 1] == 0:
            run = next(i for i in range(at, len(counts)) if counts[i]) - at
            out += varint(run)
            at += run
    return bytes(out)


def _unpack_counts(data: bytes, values: int, left: int) -> tuple[list[int], int]:
    """Read a count for each value, together `left`, and where they end."""
    counts: list[int] = []
    position = 0
    while left and len(counts) < values - 1:
        times, position = read_varint(data, position)
        counts.append(times)
        left -= times
        if times == 0:
            run, position = read_varint(data, position)
            if run >= values - len(counts):
                raise CorruptFileError("the counts of labels are malformed")
            counts += [0] * run
    counts += [0] * (values - len(counts) - 1) + [left] if len(counts) < values else []
    if left < 0 or _pack_counts(counts) != data[:position]:
        raise CorruptFileError("the counts of labels are not in canonical form")
    return counts, position
