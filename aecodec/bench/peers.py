"""A peer: a codec at one setting, as a function from images to bytes and one back."""

from collections.abc import Callable
from dataclasses import dataclass

from aecodec.images import Images
from aecodec.library import Codec

Encode = Callable[[Images], bytes]
Decode = Callable[[bytes], Images]

OURS, LOSSLESS, ARCHIVE, LOSSY = "aecodec", "lossless", "archive", "lossy"


@dataclass(frozen=True)
class Peer:
    """One codec at one setting: a row of the table.

    Attributes:
        name: The codec and its setting.
        encode: From uint8 (N, 28, 28) to bytes; N is 1 where `per_file`.
        decode: From these bytes to the images.
        kind: OURS, LOSSLESS, ARCHIVE (all raw pixels as one stream) or LOSSY.
        codec: What the rows of one codec share.
        setting: What tells them apart.
        per_file: Whether a file holds one image, so that an archive is many files.
        step: It is measured on every `step`-th image.
        side_bytes: What a decoder needs besides the files: a model or a dictionary.
        model: The model, where it is one of ours.
    """

    name: str
    encode: Encode
    decode: Decode
    kind: str
    codec: str = ""
    setting: str = ""
    per_file: bool = False
    step: int = 1
    side_bytes: int | None = None
    model: Codec | None = None

    @property
    def lossless(self) -> bool:
        """Whether every image comes back exactly."""
        return self.model.coder.lossless if self.model else self.kind != LOSSY


@dataclass(frozen=True)
class Skipped:
    """A codec that cannot be measured here.

    Attributes:
        codec: Its name.
        reason: Why, in words.
        package: What would have to be installed for it, where it is that.
    """

    codec: str
    reason: str
    package: str | None = None


def spread(images: Images, most: int) -> Images:
    """At most so many of uint8 (N, 28, 28), evenly spread."""
    count = min(len(images), most)
    return images[[number * len(images) // count for number in range(count)]]
