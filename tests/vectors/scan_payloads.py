"""Payloads of the kind `scan` for the vectors, by the reference's range coder."""

from collections.abc import Iterator

from reference import Original, RangeEncoder, Scan, scan_lanes, walk, walk_originals
from vectors.pixels_payloads import disc, join, noise
from vectors.seeded import Numbers

Content = Original | bytes  # an original, or pixels


def streams(model: Scan, contents: list[Content], sort: int = 1) -> list[RangeEncoder]:
    """Code images, a coder a lane, in a payload of a sort."""
    coders = [RangeEncoder() for _ in range(scan_lanes(len(contents)))]

    def write(turn: int, table: list[int], symbol: int) -> int:
        coders[turn % len(coders)].encode(table[symbol], table[symbol + 1])
        return symbol

    def ask(turn: int, image: int | None, place: tuple[int, int] | None, table: list[int]) -> int:
        if image is None:
            return write(turn, table, sort)
        content = contents[image]
        if isinstance(content, bytes):
            return write(turn, table, 0)
        said = content.side - model.box + 1 + model.sides * content.order
        symbol = said if place is None else content.at(*place)
        return write(turn, table, symbol)

    walk_originals(model, len(contents), ask)
    others = [content for content in contents if isinstance(content, bytes)]

    def read(turn: int, image: int, position: int, table: list[int], flat: int | None) -> int:
        pixel = others[image][position]
        return write(turn, table, pixel if flat is None else int(pixel != flat))

    walk(model.pixels, len(others), read)
    return coders


def payload(model: Scan, contents: list[Content], sort: int = 1) -> bytes:
    return joined(streams(model, contents, sort))


def joined(coders: list[RangeEncoder]) -> bytes:
    return coders[0].end() if len(coders) == 1 else join([coder.end() for coder in coders])


def blob(side: int, seed: int, order: int = 0) -> Original:
    """A disc of a side, with a hole and a rough rim, its bits in an order."""
    rough = Numbers(seed).many(side * side, 0, side)
    bits = []
    for at, more in enumerate(rough):
        row, column = divmod(at, side)
        away = (2 * row - side + 1) ** 2 + (2 * column - side + 1 - seed % 3) ** 2
        bits.append(int(side < away < side * side - side * more // 2))
    return Original(side, bits, order)


def corner(side: int) -> Original:
    """One bit in a corner: its box does not lie in the image, where it is less than that."""
    return Original(side, [1] + [0] * (side * side - 1))


def full(side: int) -> Original:
    return Original(side, [1] * (side * side))


def good_s8(model: Scan) -> Iterator[tuple[str, int, bytes, str]]:
    """Name, images, payload and a sentence."""
    every: list[Content] = [blob(8 + (5 * k) % 25, k) for k in range(25)]
    yield "1", 1, payload(model, [blob(19, 1)]), "One original of 19 rows."
    yield "full", 1, payload(model, [full(32)]), "An original that is all black, of the most rows."
    yield "sides", 25, payload(model, every), "An original of each side, in no order."
    yield "pixels-1", 1, payload(model, [noise(3)]), "One image without an original."
    yield "pixels-3", 3, payload(model, [disc(k) for k in range(3)]), "None has an original."
    mixed: list[Content] = [disc(1), blob(9, 2), blob(30, 3), bytes(784), blob(9, 4)]
    yield "mixed", 5, payload(model, mixed), "Originals beside images that have none."
    lanes: list[Content] = [blob(8 + k % 3, k) for k in range(130)]
    lanes[7] = lanes[100] = bytes(784)
    lanes[11] = disc(5)
    yield "130", 130, payload(model, lanes), "130 images in two lanes, three without originals."


def good_large(model: Scan) -> Iterator[tuple[str, int, bytes, str]]:
    """The same, for a box of 20 or 28."""
    box = model.box
    some: list[Content] = [blob(2 * box + 3, 5), disc(2), blob(box, 6)]
    yield "3", 3, payload(model, some), "Two originals, and an image that has none."
    if box == 28:
        yield from good_largest(model, 112)


def good_largest(model: Scan, side: int) -> Iterator[tuple[str, int, bytes, str]]:
    """The same, of the largest side."""
    text = f"An original of {side} rows, the most there can be."
    yield "largest", 1, payload(model, [blob(side, 7)]), text


def good_orders(model: Scan) -> Iterator[tuple[str, int, bytes, str]]:
    """The same, for two orders."""
    yield "turned", 1, payload(model, [blob(21, 1, 1)]), "An original of 21 rows, turned."
    both: list[Content] = [blob(10 + k % 4, k, k % 3 % 2) for k in range(9)]
    both[4] = disc(2)
    yield "orders", 9, payload(model, both), "Originals in both orders, and one without."


def good_sorts(model: Scan) -> Iterator[tuple[str, int, bytes, str]]:
    """The same, for payloads of three sorts."""
    none: list[Content] = [disc(1), noise(2), disc(3)]
    yield "none", 3, payload(model, none, 0), "Three images of the sort that has no originals."
    some: list[Content] = [blob(9 + k % 4, k) for k in range(5)]
    yield "most", 5, payload(model, some, 1), "Five originals, of the sort where most have one."
    few: list[Content] = [disc(1), blob(12, 2, 1), *map(disc, range(2, 6))]
    yield "few", 6, payload(model, few, 2), "One original, of the sort where few have one."
    lanes: list[Content] = [blob(9, 1), *[bytes(784)] * 129]
    yield "lanes", 130, payload(model, lanes, 2), "130 images in two lanes, of the same sort."


def bad(model: Scan) -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """Name, images, the sound payload, the one to be refused and a sentence."""
    contents: list[Content] = [blob(12, 1), disc(3)]
    coder = streams(model, contents)[0]
    sound = coder.end()
    single = payload(model, [blob(12, 1)])
    empty = payload(model, [Original(12, [0] * 144)])
    yield "empty", 1, single, empty, "An original without a black bit."
    yield "trailing", 2, sound, sound + b"\x5a", "A byte behind the payload."
    yield "zero", 2, sound, sound + b"\0", "A zero byte behind the payload."
    highest = coder.write(coder.low + coder.scope - 1)
    yield "highest", 2, sound, highest, "The highest number of the final interval."
    many: list[Content] = [blob(8, number) for number in range(128)]
    coders = streams(model, many)
    lanes = [each.end() for each in coders]
    joined = join(lanes)
    yield "lanes-none", 128, joined, b"", "No payload where lengths of lanes belong."
    one = coders[0].write(coders[0].low + coders[0].scope - 1)
    text = "The first lane ends on the highest number of its interval."
    yield "lanes-end", 128, joined, join([one, lanes[1]]), text


def outside(model: Scan) -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """The same, for a box of 20."""
    sound = payload(model, [blob(20, 1)])
    yield "outside", 1, sound, payload(model, [corner(20)]), "The box does not lie in the image."


def cut(model: Scan) -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """The same: the bits run out, and zeros are no end of those that are read instead."""
    sound = payload(model, [blob(12, 1)])
    yield "cut", 1, sound, sound[:-1], "The last byte of a payload is missing."
