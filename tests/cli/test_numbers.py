"""Numbers that options refuse, in the same words everywhere."""

import pytest
import typer
from helpers import fails
from hypothesis import given
from hypothesis import strategies as st

from aecodec.cli.numbers import real, whole


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("compress x.png -j x", "found 'x', need a whole number of 1 or more."),
        ("decompress x.aez -j 0", "found '0', need a whole number of 1 or more."),
        ("verify x.aez -j 1.5", "found '1.5', need a whole number of 1 or more."),
        ("compress x.png --effort 4", "found '4', need a whole number from 1 to 3."),
        ("compress x.png --max-mse much", "found 'much', need a number."),
        ("train data -o x --latent 65", "found '65', need a whole number from 1 to 64."),
        ("train data -o x --kl-weight nan", "found 'nan', need a number of 0 or more."),
        ("models import x.h5 --data y -o z.aem --range 0 one", "found 'one', need a number."),
    ],
)
def test_a_number_that_is_refused_is_told_plainly(command: str, needed: str) -> None:
    text = fails(*command.split(), code=2)
    assert needed in text
    assert "range." not in text and "valid" not in text.replace("Invalid value", "")


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 9))
def test_whole_numbers_are_taken_within_their_ends_and_nowhere_else(
    number: int, least: int, more: int
) -> None:
    for most in (None, least + more):
        if number < least or (most is not None and number > most):
            with pytest.raises(typer.BadParameter, match=f"'{number}', need a whole number"):
                whole(least, most)(str(number))
        else:
            assert whole(least, most)(str(number)) == number


@given(st.floats(allow_nan=True))
def test_numbers_are_taken_from_the_least_up(number: float) -> None:
    if number >= 0:
        assert real(0)(repr(number)) == number
    else:
        with pytest.raises(typer.BadParameter, match="need a number of 0 or more"):
            real(0)(repr(number))
