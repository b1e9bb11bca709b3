"""Payloads of the kind `pixels` for the vectors, by the reference's range coder."""

from collections.abc import Iterator

from reference import Pixels, RangeEncoder, lane_count, walk
from vectors.seeded import Numbers


def streams(model: Pixels, images: list[bytes]) -> list[RangeEncoder]:
    """Code images, a coder a lane."""
    coders = [RangeEncoder() for _ in range(lane_count(len(images)))]

    def read(turn: int, image: int, position: int, table: list[int], flat: int | None) -> int:
        pixel = images[image][position]
        symbol = pixel if flat is None else int(pixel != flat)
        coders[turn % len(coders)].encode(table[symbol], table[symbol + 1])
        return symbol

    walk(model, len(images), read)
    return coders


def join(lanes: list[bytes], size: int = 0) -> bytes:
    """The payload of more lanes than one; lengths of `size` bytes, or as few as hold them."""
    size = size or max((max(map(len, lanes)).bit_length() + 7) // 8, 1)
    return b"".join([bytes([size]), *(len(lane).to_bytes(size) for lane in lanes), *lanes])


def payload(model: Pixels, images: list[bytes]) -> bytes:
    coders = streams(model, images)
    return coders[0].end() if len(coders) == 1 else join([coder.end() for coder in coders])


def disc(number: int) -> bytes:
    """A disc on black whose rim is soft."""
    return bytes(
        min(max((50 + number - (x - 9 - number % 8) ** 2 - (y - 14) ** 2) * 9, 0), 255)
        for y in range(28)
        for x in range(28)
    )


def noise(seed: int) -> bytes:
    return bytes(Numbers(seed).many(784, 0, 255))


def good(model: Pixels) -> Iterator[tuple[str, int, bytes, str]]:
    """Name, images, payload and a sentence."""
    discs = [disc(number) for number in range(33)]
    yield "1", 1, payload(model, discs[:1]), "One image, exactly."
    yield "white", 1, payload(model, [b"\xff" * 784]), "A white image: all but a pixel is flat."
    yield "noise", 2, payload(model, [noise(1), noise(2)]), "Two images of noise."
    yield "20", 20, payload(model, discs[:20]), "20 images in one lane."
    yield "33", 33, payload(model, discs), "33 images in two lanes."


def bad(model: Pixels) -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """Name, images, the sound payload, the one to be refused and a sentence."""
    one = payload(model, [noise(1)])
    yield "trailing", 1, one, one + b"\x5a", "A byte behind the payload."
    yield "zero", 1, one, one + b"\0", "A zero byte behind the payload."
    coder = streams(model, [noise(1)])[0]
    highest = coder.write(coder.low + coder.scope - 1)
    yield "highest", 1, one, highest, "The highest number of the final interval."
    coders = streams(model, [disc(number) for number in range(32)])
    lanes = [coder.end() for coder in coders]
    sound = join(lanes)
    yield "lanes-none", 32, sound, b"", "No payload where lengths of lanes belong."
    yield "lanes-size-0", 32, sound, b"\0" + sound[1:], "Lengths of 0 bytes."
    yield "lanes-size-5", 32, sound, join(lanes, 5), "Lengths of 5 bytes."
    yield "lanes-wide", 32, sound, join(lanes, 3), "Lengths of 3 bytes where 2 would do."
    yield "lanes-cut", 32, sound, sound[:3], "Ends within the lengths."
    yield "lanes-short", 32, sound, sound[:-1], "A byte less than the lengths say."
    yield "lanes-long", 32, sound, sound + b"\x01", "A byte more than the lengths say."
    highest = coders[0].write(coders[0].low + coders[0].scope - 1)
    longer = join([highest, lanes[1]])
    yield (
        "lanes-end",
        32,
        sound,
        longer,
        "The first lane ends on the highest number of its interval.",
    )
