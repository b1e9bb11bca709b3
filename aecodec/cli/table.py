"""The one way to print a table: fitted to a terminal, tab-separated where a program reads.

On a terminal every number is whole and every line fits: columns that do not fit are left out by
their rank, or with `wide` go on in further blocks below, as in R and pandas. Elsewhere all
columns are printed, a line a row, for `cut`, `awk` and the like.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aecodec.errors import printable

if TYPE_CHECKING:
    from rich.console import Console

GAP = 2  # blanks between columns
LEAST_TEXT = 12  # text is folded no narrower than this

Value = str | float | None  # None is an empty cell, and text stands as it is


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        head: Its heading; a narrow column breaks it between words.
        form: The format of its numbers, such as ",.1f"; empty for a column of text.
        rank: Columns of the highest rank are the first to be left out where space is short;
            those of rank 0 stay as long as any number fits.
    """

    head: str
    form: str = ""
    rank: int = 0

    def text(self, value: Value) -> str:
        """A value as it is shown."""
        if value is None:
            return ""
        return printable(value) if isinstance(value, str) else format(value, self.form)

    def plain(self, value: Value) -> str:
        """A value for a program: as shown, with no separators of thousands."""
        return Column(self.head, self.form.replace(",", "")).text(value)


def print_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    *,
    title: str = "",
    wide: bool = False,
) -> None:
    """Print a table on standard output.

    Args:
        columns: The columns from left to right; the first names a row and is always shown.
        rows: A value for each column. An empty row is a line across on a terminal.
        title: A line above the table.
        wide: Show all columns on a terminal, in several blocks where they do not fit into one.
    """
    if title:
        print_note(title)
    if not sys.stdout.isatty():
        _print_plain(columns, rows)
        return
    from rich.console import Console

    console = Console(highlight=False)
    widths = [_width(column, [row[i] for row in rows if row]) for i, column in enumerate(columns)]
    if wide:
        blocks = list(_blocks(widths, console.width))
    else:
        blocks = [_fitting(columns, widths, console.width)]
    for number, chosen in enumerate(blocks):
        if number:
            print()
        _print_block(console, columns, rows, _folded(columns, widths, chosen, console.width))
    if left := [c.head for i, c in enumerate(columns) if not any(i in chosen for chosen in blocks)]:
        print_note(f"With --wide also: {', '.join(left)}.")


def print_note(text: str) -> None:
    """Print a sentence about a table: wrapped on a terminal, elsewhere a line that begins with #.

    Args:
        text: The sentence.
    """
    if not sys.stdout.isatty():
        print(f"# {printable(text)}")
        return
    from rich.console import Console

    Console(highlight=False).print(printable(text), markup=False, emoji=False)


def _print_plain(columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> None:
    print("\t".join(column.head for column in columns))
    for row in filter(None, rows):
        print("\t".join(c.plain(value) for c, value in zip(columns, row, strict=True)))


def _width(column: Column, values: Sequence[Value]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, [*column.head.split(), *map(column.text, values)]))


def _total(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + GAP * (len(widths) - 1)


def _fitting(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """The columns that fit, by number: those of rank 0 at the price of folded text."""
    chosen = list(range(len(columns)))
    while len(chosen) > 1:
        last = max(chosen[1:], key=lambda i: (columns[i].rank, i))
        foldable = columns[last].rank == 0
        needed = (_least(columns[i], widths[i]) if foldable else widths[i] for i in chosen)
        if _total(needed) <= room:
            break
        chosen.remove(last)
    return chosen


def _blocks(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """All columns by number, in as few blocks as fit, each begun by the first column."""
    chosen = [0]
    for i in range(1, len(widths)):
        if len(chosen) > 1 and _total(widths[j] for j in [*chosen, i]) > room:
            yield chosen
            chosen = [0]
        chosen.append(i)
    yield chosen


def _least(column: Column, width: int) -> int:
    return width if column.form else min(width, LEAST_TEXT)


def _folded(
    columns: Sequence[Column], widths: Sequence[int], chosen: Sequence[int], room: int
) -> dict[int, int]:
    """The width of each chosen column, its text folded as far as it must be."""
    found = {i: widths[i] for i in chosen}
    for i in chosen:
        excess = max(0, _total(found.values()) - room)
        found[i] = max(_least(columns[i], found[i]), found[i] - excess)
    return found


def _print_block(
    console: "Console",
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    widths: dict[int, int],
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for i, width in widths.items():
        table.add_column(
            Text(columns[i].head),
            width=width,
            justify="right" if columns[i].form else "left",
            vertical="bottom",
            overflow="fold",
        )
    for row in rows:
        if not row:
            table.add_section()
            continue
        table.add_row(*(Text(columns[i].text(row[i])) for i in widths))
    console.print(table)
