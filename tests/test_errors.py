"""Errors: their parts, and their one rendering."""

import pickle

import pytest

import aecodec
from aecodec.errors import AecodecError, CorruptFileError, MissingFileError, located


def test_a_path_stands_first_and_a_full_stop_last() -> None:
    assert (
        str(CorruptFileError("the file is truncated", "a.aez")) == "a.aez: the file is truncated."
    )
    assert str(CorruptFileError("the file is truncated.")) == "the file is truncated."
    assert str(CorruptFileError("did you mean -o b.aez?")) == "did you mean -o b.aez?"


def test_no_name_breaks_the_line() -> None:
    error = CorruptFileError("holds \x01mages, la\nbels", "a\x1b[31m.npz")
    assert str(error) == r"a\x1b[31m.npz: holds \x01mages, la\nbels."
    assert error.path == "a\x1b[31m.npz"


def test_the_parts_survive_a_process_and_a_name_is_given_once() -> None:
    error = CorruptFileError("the file is truncated")
    assert error.path is None
    named = error.at("a.aez")
    assert (type(named), named.detail, named.path) == (CorruptFileError, error.detail, "a.aez")
    assert named.at("b.aez") is named
    assert str(pickle.loads(pickle.dumps(named))) == str(named)  # noqa: S301 - just made


@pytest.mark.parametrize("detail", ["it is truncated", "it is truncated."])
def test_a_sentence_follows_whatever_the_detail_ends_in(detail: str) -> None:
    error = CorruptFileError(detail, "a.aez").followed_by("Nothing was written")
    assert str(error) == "a.aez: it is truncated. Nothing was written."


def test_a_block_says_what_its_errors_are_about() -> None:
    with pytest.raises(CorruptFileError, match=r"^a\.aez: damaged\.$"), located("a.aez"):
        raise CorruptFileError("damaged")
    with pytest.raises(CorruptFileError, match=r"^b\.aez: damaged\.$"), located("a.aez"):
        raise CorruptFileError("damaged", "b.aez")


def test_a_missing_file_is_what_python_calls_it() -> None:
    with pytest.raises(FileNotFoundError, match=r"^a\.png: there is no such file\.$"):
        raise MissingFileError("there is no such file", "a.png")
    assert issubclass(aecodec.MissingFileError, AecodecError)
