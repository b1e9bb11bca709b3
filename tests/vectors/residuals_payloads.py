"""Payloads of the kind `residuals` for the vectors, by the reference's range coder."""

from collections.abc import Iterator

from reference import encode_residuals
from vectors.pixels_payloads import disc, noise
from vectors.seeded import Numbers

EVERY = range(0, 484, 46)  # methods of every sort: 0 is the median, those from 92 are tiles


def tiled(height: int, width: int) -> bytes:
    """A tile of noise, again and again."""
    greys = Numbers(height).many(height * width, 0, 255)
    return bytes(
        greys[(row % height) * width + column % width] for row in range(28) for column in range(28)
    )


def good() -> Iterator[tuple[str, int, bytes, str]]:
    """Name, images, payload and a sentence."""
    black = bytes(784)
    yield "black", 1, encode_residuals([black], [10]), "A black image."
    yield "tile", 1, encode_residuals([tiled(5, 9)], [93 + 2 * (4 * 14 + 8)]), "A tile of 5 by 9."
    discs = [disc(number) for number in range(len(EVERY))]
    yield "discs", len(EVERY), encode_residuals(discs, list(EVERY)), "Discs by many methods."
    yield "noise", 1, encode_residuals([noise(1)], [9]), "Noise by the mean of two pixels."


def bad() -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """Name, images, the sound payload, the one to be refused and a sentence."""
    one = encode_residuals([disc(1)], [0])
    yield "trailing", 1, one, one + b"\x5a", "A byte behind the payload."
    yield "zero", 1, one, one + b"\x00", "A byte of zero behind the payload."
    yield "long", 1, one, one.ljust(1579, b"\x01"), "More bytes than an image can take."


def other_images() -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """The same; these are sound payloads of other images."""
    one = encode_residuals([disc(1)], [0])
    yield "cut", 1, one, one[:-1], "The last byte of a payload is missing."
    yield "none", 1, one, b"", "An image in no byte."
