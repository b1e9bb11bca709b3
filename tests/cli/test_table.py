"""Tables in a real terminal of several widths, and where a program reads them."""

import re
import subprocess
import sys
from itertools import pairwise

import pytest
from helpers import terminal
from rich.cells import cell_len

SCRIPT = """
import sys
from aecodec.cli.table import Column, print_note, print_table

columns = [Column("codec")]
columns += [Column(f"figure {i}", ",.2f", rank=i // 3) for i in range(12)]
columns += [Column("file", rank=9)]
names = ["mnist-x392", "a name of many words that goes on and on", "[bold]手書き数字\\t"]
rows = [[n, *(10.0 ** (i % 7) + 0.25 for i in range(11)), "exact", "/a/path/" * 3] for n in names]
rows.insert(1, ())
print_table(columns, rows, title="Figures: bytes an image", wide=len(sys.argv) > 1)
print_note("A note of many words. " * 5)
"""
NUMBERS = [f"{10.0 ** (i % 7) + 0.25:,.2f}" for i in range(11)]


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\d,.]*\d\.\d\d", text)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_table_fits_the_terminal_and_its_numbers_are_whole(columns: int) -> None:
    text = terminal("-c", SCRIPT, columns=columns)
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= columns
    found = _tokens(text)
    assert set(found) <= set(NUMBERS)
    assert all(found.count(number) % 3 == 0 for number in set(found))
    assert "…" not in text
    assert text.count("figure") >= 2
    assert "With --wide also:" in text


def test_more_columns_are_shown_where_there_is_room() -> None:
    shown = [len(_tokens(terminal("-c", SCRIPT, columns=c))) for c in (40, 80, 120, 200)]
    assert all(few < many for few, many in pairwise(shown))


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_wide_shows_all_columns_in_blocks_that_fit(columns: int) -> None:
    text = terminal("-c", SCRIPT, "--wide", columns=columns)
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= columns
    found = _tokens(text)
    assert all(found.count(number) == 3 * NUMBERS.count(number) for number in NUMBERS)
    assert "--wide" not in text


@pytest.mark.parametrize("options", [[], ["--wide"]])
def test_a_program_gets_all_columns_in_rows_that_it_can_cut(options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *options], capture_output=True, text=True, check=True
    )
    title, head, *rows, note = done.stdout.splitlines()
    assert title == "# Figures: bytes an image"
    assert note.startswith("# A note of many words.")
    assert len(rows) == 3
    assert {len(line.split("\t")) for line in (head, *rows)} == {14}
    names, numbers = [row.split("\t")[0] for row in rows], rows[0].split("\t")[1:12]
    assert names[2] == r"[bold]手書き数字\t"
    assert numbers == [number.replace(",", "") for number in NUMBERS]
