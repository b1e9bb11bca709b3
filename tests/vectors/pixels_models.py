"""A tiny model of the kind `pixels` for the vectors, and faults in it."""

from collections.abc import Iterator

from vectors.seeded import Numbers

Arrays = dict[str, tuple[str, list[int], list[int]]]
NEAR = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)),
    *((-1, 2), (-1, -2), (0, -3), (-2, -1), (-2, 1), (-3, 0)),
)
OFFSETS = (*NEAR, (-2, 2), (-3, -4), (-4, 5), (0, -6))
FLAT, EMBEDDED, HIDDEN, RANK, REACH = 6, 2, 8, 2, 255


def p8() -> Arrays:
    """16 pixels, 8 hidden units: copies what lies near, smooths a little, knows no image."""
    n = Numbers(8)
    count, near = len(OFFSETS), len(NEAR)
    inputs, outputs = near * EMBEDDED + 2 * count + 12, 256 + 3 * RANK + near + 4
    hill = [max(127 - 3 * abs(d), -127) for d in range(-255, 256)]
    peak = [max(127 - 40 * abs(d), 0) for d in range(-255, 256)]
    gates = [400] * RANK * 3 + n.many(near, 100, 500) + [250, 30, 90, 20]
    flats = 2 * (count - FLAT)
    arrays: Arrays = {
        "window.offsets": ("i1", [count, 2], [number for pair in OFFSETS for number in pair]),
        "window.sizes": ("u1", [2], [FLAT, near]),
        "value.embedding": ("i1", [256, EMBEDDED], n.many(256 * EMBEDDED, -127, 127)),
        "value.rows": ("i2", [28, HIDDEN], n.many(28 * HIDDEN, -3000, 3000)),
        "value.columns": ("i4", [28, HIDDEN], n.many(28 * HIDDEN, -3000, 3000)),
        "value.greys": ("i2", [256, HIDDEN], n.many(256 * HIDDEN, -900, 900)),
        "value.clips": ("i4", [3, 2], [0, 1023, 0, 1023, -8191, 8191]),
        "value.0.weights": ("i1", [inputs, HIDDEN], n.many(inputs * HIDDEN, -60, 60)),
        "value.0.bias": ("i4", [HIDDEN], n.many(HIDDEN, 0, 60000)),
        "value.0.shift": ("i1", [HIDDEN], n.many(HIDDEN, 5, 8)),
        "value.1.weights": ("i2", [HIDDEN, HIDDEN], n.many(HIDDEN**2, -300, 300)),
        "value.1.bias": ("i4", [HIDDEN], n.many(HIDDEN, -9000, 9000)),
        "value.1.shift": ("i1", [HIDDEN], n.many(HIDDEN, 8, 10)),
        "value.2.weights": ("i1", [HIDDEN, outputs], n.many(HIDDEN * outputs, -30, 30)),
        "value.2.bias": ("i4", [outputs], n.many(256, -9000, 9000) + [256 * g for g in gates]),
        "value.2.shift": ("i1", [outputs], [8] * 250 + [0, 40] + [8] * (outputs - 252)),
        "value.kernels": ("i1", [RANK, 511], hill + peak),
        "value.kernel_shift": ("u1", [1], [8]),
        "value.odds": ("u2", [300], [max(2**15 * 97**t // 100**t, t < 290) for t in range(300)]),
        "flat.rows": ("i4", [28, HIDDEN], n.many(28 * HIDDEN, -3000, 3000)),
        "flat.columns": ("i2", [28, HIDDEN], n.many(28 * HIDDEN, -3000, 3000)),
        "flat.greys": ("i2", [256, HIDDEN], n.many(256 * HIDDEN, -3000, 3000)),
        "flat.clips": ("i4", [3, 2], [0, 511, 0, 511, -REACH, REACH]),
        "flat.0.weights": ("i1", [flats, HIDDEN], n.many(flats * HIDDEN, -90, 90)),
        "flat.0.bias": ("i4", [HIDDEN], n.many(HIDDEN, 0, 30000)),
        "flat.0.shift": ("i1", [HIDDEN], n.many(HIDDEN, 6, 7)),
        "flat.1.weights": ("i1", [HIDDEN, HIDDEN], n.many(HIDDEN**2, -127, 127)),
        "flat.1.bias": ("i4", [HIDDEN], n.many(HIDDEN, -9000, 9000)),
        "flat.1.shift": ("i1", [HIDDEN], n.many(HIDDEN, 8, 9)),
        "flat.2.weights": ("i1", [HIDDEN, 1], n.many(HIDDEN, -60, 60)),
        "flat.2.bias": ("i4", [1], [-20000]),
        "flat.2.shift": ("i1", [1], [8]),
        "flat.frequencies": (
            "u2",
            [2 * REACH + 1],
            [max(65535 * k**3 // 511**3, 40) for k in range(1, 2 * REACH + 2)],
        ),
    }
    return arrays


def bad_models() -> Iterator[tuple[str, Arrays, str]]:
    """`p8` with one fault each."""
    sound = p8()

    def with_value(name: str, at: int, value: int) -> Arrays:
        code, shape, values = sound[name]
        return sound | {name: (code, shape, [*values[:at], value, *values[at + 1 :]])}

    yield "ahead", with_value("window.offsets", 6, 0), "The window looks at a pixel to come."
    yield "reach", with_value("window.offsets", 31, -15), "The window looks 15 pixels to the left."
    yield "first", with_value("window.offsets", 1, -2), "The first of the window is not the left."
    yield "flat-none", with_value("window.sizes", 0, 0), "No pixel makes a context flat."
    yield "flat-all", with_value("window.sizes", 0, 16), "All of the window makes a context flat."
    yield "near-10", with_value("window.sizes", 1, 10), "Ten pixels near, where 11 are needed."
    yield "odds-first", with_value("value.odds", 0, 32767), "The first odds are not 2^15."
    yield "odds-high", with_value("value.odds", 5, 32769), "Odds above 2^15."
    yield "frequency-zero", with_value("flat.frequencies", 9, 0), "A frequency of 0."
    yield "kernel-shift", with_value("value.kernel_shift", 0, 16), "The kernels' shift is 16."
    yield "clip-flat", with_value("flat.clips", 5, 254), "The clip is not that of the frequencies."
    yield "clip-hidden", with_value("value.clips", 0, -1), "A hidden layer goes below 0."
    yield "sums", with_value("value.rows", 0, 32767) | with_sums(sound), "A sum could reach 2^24."
    code, shape, values = sound["value.embedding"]
    short: Arrays = {"value.embedding": (code, [shape[0], 1], values[:256])}
    yield "embedding", sound | short, "One number for each grey level where two belong."


def with_sums(sound: Arrays) -> Arrays:
    """A bias of the first layer that lets its sum leave 2^24."""
    code, shape, values = sound["value.0.bias"]
    return {"value.0.bias": (code, shape, [2**24, *values[1:]])}
