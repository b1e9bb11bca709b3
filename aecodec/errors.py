"""The errors that aecodec raises: one base class, one subclass per thing a caller can act on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self


class AecodecError(Exception):
    """Base of every error of this package.

    Attributes:
        detail: What is wrong and what to do, in one or two sentences.
        path: The file or input that it is about, or None. `str(error)` puts it first.
    """

    def __init__(self, detail: str, path: str | os.PathLike[str] | None = None) -> None:
        super().__init__(detail, path)
        self.detail = detail
        self.path = None if path is None else os.fspath(path)

    def __str__(self) -> str:
        """The one rendering: the path, a colon, and the detail with a full stop, on one line."""
        text = _sentence(self.detail)
        return printable(text if self.path is None else f"{self.path}: {text}")

    def at(self, path: str | os.PathLike[str]) -> Self:
        """The same error about `path`, unless it names a file already."""
        return self if self.path is not None else type(self)(self.detail, path)

    def followed_by(self, text: str) -> Self:
        """The same error, its detail followed by another sentence."""
        return type(self)(f"{_sentence(self.detail)} {text}", self.path)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def printable(text: str) -> str:
    r"""A text with its control characters escaped: names from files may hold some.

    >>> printable("a\nb")
    'a\\nb'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def said(error: Exception) -> str:
    r"""What an error of another library says, on one line.

    >>> said(ValueError("no type:\x0f\nstopped.\n")), said(EOFError())
    ('no type: stopped', 'EOFError')
    """
    shown = "".join(letter if letter.isprintable() else " " for letter in str(error))
    return " ".join(shown.split()).rstrip(".") or type(error).__name__


def counted(count: int, noun: str) -> str:
    """A number of things, for messages: `1 image`, `2,000 images`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@contextmanager
def located(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of every error raised in the block, where it does not, that it is about `path`."""
    try:
        yield
    except AecodecError as error:
        if error.path is not None:
            raise
        raise error.at(path) from error


class MissingFileError(AecodecError, FileNotFoundError):
    """An input does not exist: check its name."""


class InvalidImageError(AecodecError):
    """The input is not a 28x28 8-bit grey image: convert it or leave it out."""


class InvalidArgumentError(AecodecError, ValueError):
    """A setting is outside what can be asked for: pass one that the message names."""


class InvalidModelError(AecodecError):
    """A model file is damaged, oversized or could overflow: get a sound copy of it."""


class UnknownModelError(AecodecError):
    """No installed model has the name or id asked for: add the model."""


class UnknownNameError(UnknownModelError, InvalidArgumentError):
    """A model or level was named that there is not: name one that the message lists."""


class CorruptFileError(AecodecError):
    """An .aez file is damaged or is none: get a sound copy of it."""


class UnsupportedFileError(AecodecError):
    """An .aez or model file is sound but made for a newer aecodec: update."""


class DecodingError(AecodecError):
    """Bytes are sound but the pixels differ from those encoded: this decoder is at fault."""


class UnsafeNameError(AecodecError):
    """A name cannot be stored or written safely: rename the file or decode without names."""


class OutputError(AecodecError):
    """A result cannot be written where it was asked for: choose another place or overwrite."""


class StorageError(AecodecError):
    """The storage behind a URL failed, refused or did not answer: check it, then try again."""


class MissingDependencyError(AecodecError):
    """An optional package is missing: install the extra that the message names."""


class CheckpointError(AecodecError):
    """The state of an interrupted training cannot be taken up: start anew with -f."""
