"""Labels of images as NumPy arrays, and as an .aez file holds them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.container import MAX_LABEL_VALUES, Label, LabelType
from aecodec.errors import InvalidArgumentError
from aecodec.files import file_part

_NUMBERS = {np.dtype(f"{sign}{size}"): f"{sign}{size}" for sign in "ui" for size in (1, 2, 4, 8)}
_FLOATS = {np.dtype(f"f{size}"): f"f{size}" for size in (4, 8)}


class LabelCensus:
    """Finds out what labels are, batch by batch, before they are coded.

    >>> census = LabelCensus()
    >>> census.add(np.array([3, 1, 3], np.uint8))
    >>> census.label_type(("zero", "one", "two", "three"))
    LabelType(type='u1', width=0, values=(1, 3), classes=('one', 'three'))
    """

    def __init__(self) -> None:
        self._form: tuple[str, int] | None = None
        self._positions = True  # whether all rows were one-hot
        self._values: set[Any] | None = set()  # all integers, or all strings

    def add(self, labels: NDArray[Any]) -> None:
        """Take in a batch of labels: one for each image in the first axis.

        Raises:
            InvalidArgumentError: They are of a type or shape that an .aez file does not hold, or
                of another than those before.
        """
        form = _form(labels)
        if self._form not in (None, form):
            raise InvalidArgumentError(f"labels change from {self._form} to {form} on the way")
        self._form = form
        if form[1] > 1 and self._positions and not _one_hot(labels):
            self._positions, self._values = False, None
            if form[0] in _FLOATS.values():
                raise InvalidArgumentError(
                    "labels in rows of floats are kept where they are one-hot"
                )
        if self._values is not None:
            self._values.update(_flat(labels, form[1]))
            if len(self._values) > MAX_LABEL_VALUES:
                self._values = None

    def label_type(self, class_names: Sequence[str] | None = None) -> LabelType | None:
        """What all labels are, or None where there were none.

        Args:
            class_names: What the labels 0, 1, ... are called, where they are positions.
        """
        if self._form is None:
            return None
        kind, width = self._form
        values = tuple(sorted(self._values or ()))
        if width > 1 and self._positions and not values:  # of no images
            values = tuple(range(width))
        classes: tuple[str, ...] = ()
        numbers = [value for value in values if isinstance(value, int) and value >= 0]
        known = class_names is not None and len(numbers) == len(values)
        if class_names and known and max(numbers, default=0) < len(class_names):
            classes = tuple(class_names[number] for number in numbers)
        return LabelType(kind, width, values, classes)


def label_type(
    batches: Iterable[NDArray[Any]], class_names: Sequence[str] | None = None
) -> LabelType | None:
    """What labels are, given in one batch or several; see `LabelCensus`."""
    census = LabelCensus()
    for batch in batches:
        census.add(batch)
    return census.label_type(class_names)


def label_list(kind: LabelType, labels: NDArray[Any]) -> list[Label]:
    """Labels as a chunk holds them.

    Raises:
        InvalidArgumentError: They are of another type or shape than `kind`.
    """
    if _form(labels) != (kind.type, kind.width):
        raise InvalidArgumentError(f"labels are {_form(labels)}, not {(kind.type, kind.width)}")
    if kind.width > 1 and not kind.values:
        return [tuple(row) for row in labels.tolist()]
    if kind.width > 1 and not _one_hot(labels):
        raise InvalidArgumentError("a row of labels is not one-hot")
    return _flat(labels, kind.width)


def label_array(kind: LabelType, labels: Iterable[Label]) -> NDArray[Any]:
    """Labels as the array that they were.

    Args:
        kind: What they are.
        labels: Those of some images, from `label_list` or from chunks.

    Returns:
        (N,), (N, 1) or (N, width), of the type that `kind` states.
    """
    listed = list(labels)
    if kind.type == "str":
        array: NDArray[Any] = np.array(listed, np.str_) if listed else np.zeros(0, np.str_)
    elif kind.width > 1 and kind.values:
        array = np.zeros((len(listed), kind.width), kind.type)
        array[np.arange(len(listed)), np.array(listed, np.int64)] = 1
        return array
    else:
        array = np.array(listed, kind.type)
    return array.reshape(len(listed), kind.width) if kind.width else array


def matched(kind: LabelType, into: LabelType) -> dict[Label, Label]:
    """Labels of a type by those of another: the same class by its name, whatever its number.

    A label without a name is called as it is written: `3` in one and a class called `3` in the
    other are one class. Classes that the other has not keep their numbers where these are free,
    and get the lowest free ones where not.

    >>> matched(LabelType("u1", 0, (0, 1), ("a", "b")), LabelType("u1", 0, (0, 1), ("b", "c")))
    {1: 0, 0: 2}

    Args:
        kind: The type of the labels.
        into: The type that they are to be of.

    Returns:
        A label for each of `kind`; empty where labels stay what they are, since neither has names
        of classes, or a name is there twice, or they are rows.

    Raises:
        InvalidArgumentError: There are not as many numbers as classes.
    """
    mine, theirs = class_titles(kind), class_titles(into)
    twice = any(len(set(titles.values())) < len(titles) for titles in (mine, theirs))
    if twice or max(kind.width, into.width) > 1 or not (kind.classes or into.classes):
        return {}
    if into.type == "str":
        return dict(mine)
    numerals = all(map(_is_numeral, kind.classes or into.classes))
    if not numerals and not all(one.classes or one.type == "str" for one in (kind, into)):
        return {}
    if into.classes:
        found = _numbered(mine, theirs, into)
    else:
        found = {value: int(title) for value, title in mine.items()}
    if not all(map(into.allows, found.values())):
        many = f"{len({*mine.values(), *theirs.values()}):,} classes"
        raise InvalidArgumentError(f"labels of type {into.type} have no numbers for {many}")
    return found


def _numbered(
    mine: Mapping[Label, str], theirs: Mapping[Label, str], into: LabelType
) -> dict[Label, Label]:
    numbers = {title: value for value, title in theirs.items()}
    found = {value: numbers[title] for value, title in mine.items() if title in numbers}
    new = [value for value in mine if value not in found]
    kept = {value for value in new if value not in theirs and into.allows(value)}
    free = (number for number in count() if number not in theirs and number not in kept)
    return found | {value: value if value in kept else next(free) for value in new}


def class_titles(kind: LabelType) -> dict[Label, str]:
    """What each label is called: as its class is, or as it is written."""
    return dict(zip(kind.values, kind.classes or map(str, kind.values), strict=True))


def class_folders(kind: LabelType) -> dict[Label, str]:
    """The folder of each label, called as its class is; empty where two would share one.

    >>> class_folders(LabelType("u1", 0, (0, 1), ("cat", "a/b")))
    {0: 'cat', 1: 'a_b'}
    """
    found = {value: file_part(title) for value, title in class_titles(kind).items()}
    return found if len(set(found.values())) == len(found) else {}


def _is_numeral(name: str) -> bool:
    return name.isascii() and name.isdigit() and str(int(name)) == name


def joined_type(one: LabelType, other: LabelType) -> LabelType:
    """What labels are that are of either type, as an archive of both holds them.

    Where both have names of classes, labels of one name are one class (see `matched`).

    >>> joined_type(LabelType("u1", 0, (0, 2)), LabelType("u1", 0, (1,), ("one",)))
    LabelType(type='u1', width=0, values=(0, 1, 2), classes=('0', 'one', '2'))

    Raises:
        InvalidArgumentError: They differ in type or shape, one label has two class names, or there
            are too many classes.
    """
    if (one.type, one.width) != (other.type, other.width):
        raise InvalidArgumentError(f"labels are {_described(one)} and {_described(other)}")
    if not one.values or not other.values:
        return LabelType(one.type, one.width)
    other = _renumbered(other, matched(other, one))
    classes = dict(zip(one.values, one.classes, strict=False))
    for value, name in zip(other.values, other.classes, strict=False):
        if classes.setdefault(value, name) != name:
            raise InvalidArgumentError(
                f"the label {value!r} is called {classes[value]!r} and {name!r}"
            )
    merged: set[Any] = {*one.values, *other.values}
    if len(merged) > MAX_LABEL_VALUES:
        if classes:
            text = f"are of {len(merged):,} classes together, and at most {MAX_LABEL_VALUES:,} are"
            raise InvalidArgumentError(f"labels {text} kept by their names")
        return LabelType(one.type, one.width)
    values = tuple(sorted(merged))
    names = tuple(classes.get(value, str(value)) for value in values) if classes else ()
    return LabelType(one.type, one.width, values, names)


def _renumbered(kind: LabelType, numbers: Mapping[Label, Label]) -> LabelType:
    """A type with the labels that `matched` gives; the same where it gives none."""
    if not numbers:
        return kind
    titles = {numbers[value]: title for value, title in class_titles(kind).items()}
    ordered: list[Any] = sorted(titles)
    return kind._replace(values=tuple(ordered), classes=tuple(titles[one] for one in ordered))


def _described(kind: LabelType) -> str:
    shape = {0: "(N)", 1: "(N, 1)"}.get(kind.width, f"(N, {kind.width})")
    return f"{kind.type} of shape {shape}"


def converted(labels: Sequence[Label], kind: LabelType, into: LabelType) -> tuple[Label, ...]:
    """Labels of a type as one that was joined from it and others (`joined_type`) holds them."""
    if kind.width > 1 and kind.values and not into.values:  # one-hot rows among other rows
        return tuple(label_list(into, label_array(kind, labels)))
    if numbers := matched(kind, into):
        return tuple(numbers[label] for label in labels)
    return tuple(labels)


def _form(labels: NDArray[Any]) -> tuple[str, int]:
    """The type and width of an array of labels, as `LabelType` states them."""
    dtype = labels.dtype.newbyteorder("=")
    if labels.dtype.kind == "b":
        kind = "bool"
    elif labels.dtype.kind == "U":
        kind = "str"
    else:
        kind = _NUMBERS.get(dtype) or _FLOATS.get(dtype, "")
    width = labels.shape[1] if labels.ndim == 2 else 0
    wide = labels.ndim == 2 and width == 0
    if not kind or labels.ndim not in (1, 2) or wide or (kind == "str" and width > 1):
        raise InvalidArgumentError(
            f"labels of type {labels.dtype} and shape {labels.shape} cannot be kept; integers, "
            "booleans or strings of shape (N,) or (N, 1), and one-hot rows can"
        )
    if kind in _FLOATS.values() and width <= 1:
        whole = "labels that are floats are not kept; convert them with .astype(int)"
        raise InvalidArgumentError(whole)
    return kind, width


def _one_hot(labels: NDArray[Any]) -> bool:
    ones = labels == 1
    return bool(((labels == 0) | ones).all() and (ones.sum(1) == 1).all())


def _flat(labels: NDArray[Any], width: int) -> list[Label]:
    """Integers or strings; of one-hot rows, the positions."""
    flat = labels.argmax(1) if width > 1 else labels.reshape(-1)
    found: list[Label] = (flat.astype(np.uint8) if flat.dtype.kind == "b" else flat).tolist()
    return found
