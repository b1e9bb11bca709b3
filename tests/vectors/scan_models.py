"""Tiny models of the kind `scan` for the vectors, and faults in them."""

from collections.abc import Iterator

from vectors.seeded import Numbers

Arrays = dict[str, tuple[str, list[int], list[int]]]
PLACES, REACH, EMBEDDED = 7, 20, 1
TIMES = 4  # the box: the largest side, of models that do not say
NEAR = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)),
    *((-1, 2), (-1, -2), (0, -3), (-2, -1), (-2, 1)),
)
FAR = ((-14, 14), (-3, -14), (0, -14), (-14, 0), (-5, 3))


def s8() -> Arrays:
    """Originals of 8 to 32 rows, rounded to the nearest; a window of 16 bits that reaches far."""
    return model((8, 1000, 1), (*NEAR, *FAR), 5, (2, 1))


def s20() -> Arrays:
    """Originals of 20 to 80 rows, rounded towards the middle; two bits, one unit."""
    return model((20, 990, 0), NEAR[:2], 1, (1, 1))


def s28() -> Arrays:
    """Originals of 28 to 112 rows that fill the image, rounded down; one bit, one unit."""
    return model((28, 500, 2), NEAR[:1], 1, (1, 1))


def s9() -> Arrays:
    """Originals of 9 to 40 rows, as the model says, the most there can be; one bit, one unit."""
    return model((9, 1000, 1, 40), NEAR[:1], 1, (1, 1))


def s10() -> Arrays:
    """Originals of 10 to 40 rows in two orders; a window of 11 bits."""
    return model((10, 990, 0), NEAR, 5, (2, 1), orders=2)


def s11() -> Arrays:
    """Originals of 9 to 14 rows in two orders; payloads of three sorts; one bit, one unit."""
    made = model((9, 1000, 1, 14), NEAR[:1], 1, (1, 1), orders=2)
    code, (width,), most = made["scan.sizes"]
    few = [30_000, *most[1:]]
    return made | {
        "scan.sorts": ("u2", [3], [300, 500, 20]),
        "scan.sizes": (code, [2, width], [1, *most[1:], *few]),
    }


MAKERS = (s8, s20, s28, s9, s10, s11)


def model(
    resampling: tuple[int, ...],
    offsets: tuple[tuple[int, int], ...],
    near: int,
    hidden: tuple[int, int],
    orders: int = 1,
) -> Arrays:
    box = resampling[0]
    largest = TIMES * box if len(resampling) == 3 else resampling[3]
    said = orders * (largest - box + 1)
    n = Numbers(box)
    arrays: Arrays = {
        "scan.resampling": ("u2", [len(resampling)], list(resampling)),
        "scan.sizes": (
            "u2",
            [said + 1],
            [200, *n.many(said, 1, 60)],
        ),
        "bits.offsets": ("i1", [len(offsets), 2], [part for pair in offsets for part in pair]),
        "bits.near": ("u1", [1], [near]),
        "bits.frequencies": (
            "u2",
            [2 * REACH + 1],
            [max(65535 * k**2 // (2 * REACH + 2) ** 2, 1) for k in range(1, 2 * REACH + 2)],
        ),
    }
    values = PLACES * (largest + 1) + (orders if orders > 1 else 0)
    last = "i4" if box == 8 else "i2"
    for name, width, code in (("edge", hidden[0], "i2"), ("flat", hidden[1], last)):
        size = 900 if name == "edge" else 3000
        table = [value - value % 4 for value in n.many(values * width, -size, size)]
        arrays |= net(n, f"bits.{name}", [len(offsets), width, 1], REACH)
        arrays[f"bits.{name}.places"] = (code, [values, width], table)
    return arrays | pixels(n)


def net(n: Numbers, name: str, sizes: list[int], last: int) -> Arrays:
    """A network of `sizes`: inputs, hidden units, outputs."""
    inputs, width, outputs = sizes
    arrays: Arrays = {f"{name}.clips": ("i4", [3, 2], [0, 255, 0, 255, -last, last])}
    shapes = ((inputs, width), (width, width), (width, outputs))
    for number, (rows, columns) in enumerate(shapes):
        lift = 9000 if number == 0 else 0
        arrays[f"{name}.{number}.weights"] = (
            "i1",
            [rows, columns],
            n.many(rows * columns, -120, 120),
        )
        arrays[f"{name}.{number}.bias"] = ("i4", [columns], n.many(columns, lift - 500, lift + 900))
        arrays[f"{name}.{number}.shift"] = ("i1", [columns], n.many(columns, 6, 7))
    return arrays


def pixels(n: Numbers) -> Arrays:
    """The arrays of the kind `pixels`, as few as can be."""
    near = len(NEAR)
    inputs, outputs = near * EMBEDDED + 2 * near + 12, 256 + 3 + near + 4
    tables: Arrays = {}
    for name in ("value", "flat"):
        for part, size in (("rows", 28), ("columns", 28), ("greys", 256)):
            tables[f"{name}.{part}"] = ("i2", [size, 1], n.many(size, -900, 900))
    hill = [max(120 - 3 * abs(d), -120) for d in range(-255, 256)]
    return (
        net(n, "value", [inputs, 1, outputs], 8191)
        | net(n, "flat", [2 * (near - 6), 1, 1], REACH)
        | tables
        | {
            "window.offsets": ("i1", [near, 2], [part for pair in NEAR for part in pair]),
            "window.sizes": ("u1", [2], [6, near]),
            "value.embedding": ("i1", [256, EMBEDDED], n.many(256 * EMBEDDED, -127, 127)),
            "value.kernels": ("i1", [1, 511], hill),
            "value.kernel_shift": ("u1", [1], [4]),
            "value.odds": ("u2", [90], [2**15 * 9**t // 10**t for t in range(90)]),
            "flat.frequencies": ("u2", [2 * REACH + 1], [600 * k for k in range(1, 2 * REACH + 2)]),
        }
    )


def bad_models() -> Iterator[tuple[str, Arrays, str]]:
    """`s8` with one fault each."""
    sound = s8()

    def put(name: str, at: int, value: int) -> Arrays:
        code, shape, values = sound[name]
        return sound | {name: (code, shape, [*values[:at], value, *values[at + 1 :]])}

    def cut(name: str) -> Arrays:
        """Without the last row of an array."""
        code, shape, values = sound[name]
        row = len(values) // shape[0]
        return sound | {name: (code, [shape[0] - 1, *shape[1:]], values[:-row])}

    yield "ahead", put("bits.offsets", 0, 1), "The window of bits reaches forward."
    yield "itself", put("bits.offsets", 1, 0), "The window of bits has the bit that is coded."
    yield "reach-down", put("bits.offsets", 22, -15), "The window reaches 15 rows up."
    yield "reach-right", put("bits.offsets", 23, 15), "The window reaches 15 columns right."
    yield "near-0", put("bits.near", 0, 0), "No bit makes a context flat."
    yield "near-17", put("bits.near", 0, 17), "17 bits near of a window of 16."
    yield "size-0", put("scan.sizes", 5, 0), "The odds of a side are 0."
    yield "sizes-25", cut("scan.sizes"), "No odds for the last side."
    odds = sound["scan.sizes"][2]

    def orders(count: int) -> Arrays:
        """With odds for so many orders."""
        several = [*odds[:1], *count * odds[1:]]
        return sound | {"scan.sizes": ("u2", [len(several)], several)}

    yield "orders-2", orders(2), "Two orders, for which the places have no rows."
    yield "orders-3", orders(3), "Three orders."
    yield "orders-0", orders(0), "No order."
    yield "box-7", put("scan.resampling", 0, 7), "A box of 7."
    yield "box-29", put("scan.resampling", 0, 29), "A box of 29."
    yield "shrink-499", put("scan.resampling", 1, 499), "A shrink of 499."
    yield "shrink-1001", put("scan.resampling", 1, 1001), "A shrink of 1001."
    yield "rounding-3", put("scan.resampling", 2, 3), "A rounding of 3."
    yield "resampling-2", cut("scan.resampling"), "A resampling of two numbers."

    def said(*largest: int) -> Arrays:
        """With more numbers in the resampling."""
        numbers = [*sound["scan.resampling"][2], *largest]
        return sound | {"scan.resampling": ("u2", [len(numbers)], numbers)}

    yield "resampling-5", said(32, 0), "A resampling of five numbers."
    yield "resampling-7", said(7), "A resampling of a largest side of 7."
    yield "resampling-37", said(37), "A resampling of one of 37."
    yield "frequency-0", put("bits.frequencies", 9, 0), "A frequency of 0."
    yield "frequencies-40", cut("bits.frequencies"), "An even number of frequencies."
    yield "clip-edge", put("bits.edge.clips", 5, 19), "The clip is not that of the frequencies."
    yield "clip-flat", put("bits.flat.clips", 4, -21), "The clip is not that of the frequencies."
    yield "clip-hidden", put("bits.flat.clips", 2, -1), "A hidden layer goes below 0."
    yield "places-edge", cut("bits.edge.places"), "A place has no row."
    yield "places-flat", cut("bits.flat.places"), "A place has no row."
    yield "window-15", cut("bits.offsets"), "A window of 15 bits for networks of 16."
    largest = put("bits.flat.places", 0, 2**24 - 8000)
    yield "sums", largest, "A sum could reach 2^24."
    yield "sums-bias", put("bits.edge.0.bias", 0, 2**24 - 1), "A sum could reach 2^24."
    yield from _bad_sorts()
    yield "no-pixels", {k: v for k, v in sound.items() if k != "value.odds"}, "No odds of pixels."
    yield "pixels", put("value.odds", 0, 32767), "The first odds of pixels are not 2^15."


def _bad_sorts() -> Iterator[tuple[str, Arrays, str]]:
    """`s11` with one fault each, in the sorts of payloads."""
    sound = s11()
    code, shape, odds = sound["scan.sizes"]
    half = odds[: len(odds) // 2]

    def sorts(*several: int) -> Arrays:
        return sound | {"scan.sorts": ("u2", [len(several)], list(several))}

    yield "sorts-0", sorts(300, 500, 0), "The odds of a sort are 0."
    yield "sorts-2", sorts(300, 500), "Odds of two sorts, and of what is said in three."
    yield "sorts-4", sorts(300, 500, 20, 20), "Odds of four sorts, and of what is said in three."
    yield "sorts-1", sorts(300), "Odds of one sort."
    flat = sound | {"scan.sizes": (code, [len(odds)], odds)}
    yield "sorts-flat", flat, "Odds of what is said that are no table."
    one = sound | {"scan.sizes": (code, [1, len(half)], half)}
    yield "sorts-rows", one, "Odds of three sorts, and of what is said in two."
    alone = {name: array for name, array in sound.items() if name != "scan.sorts"}
    yield "sorts-none", alone, "A table of odds of what is said, and no sorts."
    zero = sound | {"scan.sizes": (code, shape, [*odds[:-1], 0])}
    yield "sorts-size-0", zero, "The odds of a side are 0 in the last sort."
