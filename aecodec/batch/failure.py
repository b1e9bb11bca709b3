"""What a batch says of an input that could not be done, while it goes on with the others."""

from typing import NamedTuple

from aecodec.errors import AecodecError


class Failure(NamedTuple):
    """One input of a batch that could not be done, and why.

    Attributes:
        path: The input or, where a result could not be written, the result.
        error: What was wrong with it.
    """

    path: str
    error: AecodecError

    @property
    def message(self) -> str:
        """The error as one line that names the path."""
        return str(self.error.at(self.path))
