"""CSV in Kaggle's layout: a row an image, its label and 784 pixels, with or without a header.

Cells are separated by commas, tabs or semicolons: what the first line has most of.
"""

import csv
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.datasets.column import Column, array_split
from aecodec.datasets.opening import open_data
from aecodec.datasets.source import BATCH_IMAGES, Options, Split
from aecodec.errors import InvalidImageError, said
from aecodec.images import PIXELS

MAX_LINE = 2**16
SEPARATORS = ",\t;"
LABELS = ("label", "labels", "class", "target", "character", "y", "digit", "letter")
_IDS = ("", "id", "index", "imageid", "image_id", "unnamed: 0")  # no labels, and no pixels
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_INTEGER = re.compile(r"-?\d{1,18}")
_FLOAT = re.compile(r"[.eE]")


def is_csv(head: bytes) -> bool:
    """Whether the start of a file may be that of a table of text."""
    separated = any(mark in head for mark in SEPARATORS.encode())
    return separated and b"\0" not in head and not re.search(rb"[^\x09-\x0d\x20-\xff]", head)


def open_csv(path: Path, options: Options) -> list[Split]:
    """Open a table of a label and 784 pixels a row."""
    separator = _separator(path)
    pixels, label, header = _columns(path, separator, options.labels)
    with _lines(path, header=header) as lines:
        first = next(iter(lines), None)
    if first is None:
        raise InvalidImageError("holds no images")
    cells = _cells(first, 1, separator)
    floats = any(_FLOAT.search(cell) for cell in cells[pixels])
    dtype = np.dtype(np.float64 if floats else np.int64)
    table = _Table(path, separator, header, pixels, label, len(cells), dtype)
    count = table.count()
    images = Column((count, PIXELS), dtype, table.pixels)
    labels = None if label is None else Column((count,), np.dtype(object), table.labels)
    return [array_split("", images, labels, options)]


def is_other_table(path: Path) -> bool:
    """Whether the rows of a table are too short for images."""
    return len(_cells(_first_line(path), 1, _separator(path))) < PIXELS


def _first_line(path: Path) -> str:
    with _lines(path, header=False) as lines:
        return next(iter(lines), "")


def _separator(path: Path) -> str:
    return max(SEPARATORS, key=_first_line(path).count)  # a comma where there are none


def _columns(path: Path, separator: str, wanted: str | None) -> tuple[slice, int | None, bool]:
    """Where pixels and label stand, and whether the first line names them."""
    cells = _cells(_first_line(path), 1, separator)
    names = [cell.strip().strip('"').lower() for cell in cells]
    header = _is_header(names)
    wanted = None if wanted is None else wanted.lower()
    label = next((names.index(name) for name in (wanted, *LABELS) if name in names), None)
    last = label is not None and label == len(names) - 1 and len(names) > PIXELS
    before = len(names) - PIXELS - last
    ids = set(_IDS) - {wanted} if header else ()
    others = [place for place in range(before) if names[place] not in ids]
    if before < 0 or len(others) > 1 - last:
        raise InvalidImageError(
            f"its first line has {len(names):,} columns, need a label and {PIXELS} pixels, or the "
            "pixels alone"
        )
    label = label if last else next(iter(others), None)
    if wanted is not None and (label is None or names[label] != wanted):
        raise InvalidImageError(f"has no column {wanted} of labels beside {PIXELS} pixels")
    return slice(before, before + PIXELS), label, header


def _is_header(names: list[str]) -> bool:
    """Whether the cells of a line are the names of columns: words, or numbers as pandas has."""
    words = sum(not _NUMBER.fullmatch(name) for name in names)
    named = bool({names[0], names[-1]}.intersection(LABELS)) if names else False
    counted = names[-3:] == ["781", "782", "783"] or _are_told_apart(names)
    return named or 2 * words > len(names) or counted


def _are_told_apart(names: list[str]) -> bool:
    """Whether names that come twice have numbers, as `0`, `0.1`, `0.2`: by them pandas tells apart.

    The best-known table of handwritten capitals has such a header: an image that was taken for one.
    """
    seen = Counter[str]()
    for name in names:
        first, _, number = name.partition(".")
        if number != (str(seen[first]) if seen[first] else ""):
            return False
        seen[first] += 1
    return len(seen) < len(names)


class _Table:
    """The lines of a table, read from the start each time."""

    def __init__(
        self,
        path: Path,
        separator: str,
        header: bool,
        pixels: slice,
        label: int | None,
        width: int,
        dtype: np.dtype[Any],
    ) -> None:
        self._path, self._separator, self._header = path, separator, header
        self._pixels = pixels
        self._label, self._width, self._dtype = label, width, dtype
        self._integers = True

    def count(self) -> int:
        """Count the rows, and find out whether all labels are integers."""
        count = 0
        with _lines(self._path, header=self._header) as lines:
            for line in lines:
                count += 1
                if self._integers and self._label is not None:
                    self._integers = bool(
                        _INTEGER.fullmatch(self._label_cell(line, count + self._header))
                    )
        return count

    def _label_cell(self, line: str, number: int) -> str:
        """The cell of the label, found without looking at the pixels where no cell is quoted."""
        place = self._label or 0
        if '"' in line:
            cells = _cells(line, number, self._separator)
            return cells[place].strip() if place < len(cells) else ""
        if place == self._width - 1:
            return line.rpartition(self._separator)[2].strip()
        return line.split(self._separator, place + 1)[: place + 1][-1].strip()

    def pixels(self, first: int) -> Iterator[NDArray[Any]]:
        """Blocks of (n, 784), from a row on."""
        columns = range(self._width)[self._pixels]
        number = 1 + self._header + first
        for lines in self._blocks(first):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    block = np.loadtxt(
                        lines,
                        self._dtype,
                        delimiter=self._separator,
                        usecols=columns,
                        ndmin=2,
                        comments=None,
                        quotechar='"',
                    )
            except (ValueError, OverflowError, Warning) as error:
                raise self._refusal(lines, number) from error
            for line in lines:
                if line.count(self._separator) != self._width - 1 and '"' not in line:
                    raise self._refusal(lines, number)
            number += len(lines)
            yield block

    def labels(self, first: int) -> Iterator[NDArray[Any]]:
        """Blocks of (n,): integers where all labels are, otherwise strings."""
        number = 1 + self._header + first
        for lines in self._blocks(first):
            rows = [_cells(line, n, self._separator) for n, line in enumerate(lines, number)]
            if any(len(row) != self._width for row in rows):
                raise self._refusal(lines, number)
            number += len(lines)
            texts = np.array([row[self._label or 0].strip() for row in rows], dtype=np.str_)
            yield texts.astype(np.int64) if self._integers else texts

    def _blocks(self, first: int) -> Iterator[list[str]]:
        with _lines(self._path, header=self._header) as lines:
            rest = islice(lines, first, None)
            while block := list(islice(rest, BATCH_IMAGES)):
                yield block

    def _refusal(self, lines: list[str], first: int) -> InvalidImageError:
        """The error of the first line of a block that is no image."""
        for number, line in enumerate(lines, first):
            cells = _cells(line, number, self._separator)
            if len(cells) != self._width:
                text = f"line {number:,} has {len(cells):,} columns, the first has {self._width:,}"
                return InvalidImageError(text)
            integers = self._dtype.kind == "i"
            for cell in cells[self._pixels]:
                if not _NUMBER.fullmatch(cell) or (integers and _FLOAT.search(cell)):
                    return InvalidImageError(f"line {number:,} has a pixel of {cell[:20]!r}")
        return InvalidImageError(f"its numbers behind line {first:,} are not those of images")


@contextmanager
def _lines(path: Path, *, header: bool) -> Iterator[Iterator[str]]:
    """The lines of a text that are not empty, without the header if there is one."""
    with open_data(path) as file:

        def lines() -> Iterator[str]:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    raise InvalidImageError(f"line {number + 1:,} is too long for an image")
                text = line.decode("utf-8-sig" if not number else "utf-8").strip("\r\n")
                number += 1
                if text.strip() and not (header and number == 1):
                    yield text

        yield lines()


def _cells(line: str, number: int, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise InvalidImageError(f"line {number:,} is no row of a table: {said(error)}") from error
