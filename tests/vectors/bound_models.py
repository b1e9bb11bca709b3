"""Models at the bounds of what the page allows, and past them."""

from collections.abc import Iterator

import msgpack
from vectors.model_bytes import Arrays, model_file
from vectors.seeded import Numbers

TABLE_BYTES = 2**16  # at most


def layer(name: str, inputs: int, outputs: int, weight: int = 1, bias: int = 0) -> Arrays:
    """A layer that adds up its inputs, all weights being the same."""
    return {
        f"{name}.weights": ("i1", [inputs, outputs], [weight] * inputs * outputs),
        f"{name}.bias": ("i4", [outputs], [bias] * outputs),
        f"{name}.shift": ("i1", [outputs], [0] * outputs),
    }


def network(prefix: str, widths: list[int], last: int) -> Arrays:
    """A network of layers that add up their inputs; its last clip is 0 to `last`."""
    count = len(widths) - 1
    arrays: Arrays = {f"{prefix}.clips": ("i4", [count, 2], [0, 255] * (count - 1) + [0, last])}
    for i in range(count):
        arrays |= layer(f"{prefix}.{i}", *widths[i : i + 2])
    return arrays


def classic(widths: list[int]) -> Arrays:
    return {**network("decoder", widths, 255), "decoder.greys": ("u1", [256], list(range(256)))}


def painted(seed: int, inputs: int) -> Arrays:
    """A decoder of one layer whose 784 outputs differ."""
    n = Numbers(seed)
    return {
        "decoder.clips": ("i4", [1, 2], [0, 63]),
        "decoder.0.weights": ("i1", [inputs, 784], n.many(inputs * 784, -127, 127)),
        "decoder.0.bias": ("i4", [784], n.many(784, 0, 9000)),
        "decoder.0.shift": ("i1", [784], n.many(784, 7, 9)),
        "decoder.greys": ("u1", [64], [4 * i + 1 for i in range(64)]),
    }


def code16(rank: int, latents: int, seed: int) -> Arrays:
    """Regions of `rank` axes; the numbers repeat, so that the file packs well."""
    n = Numbers(seed)
    return {
        "regions.points": ("i1", [256, rank], [(i * 7) % 256 - 128 for i in range(256 * rank)]),
        "regions.axes": (
            "i1",
            [256, rank, latents],
            [(i * 11) % 255 - 127 for i in range(256 * rank * latents)],
        ),
        "regions.means": ("i4", [256, latents], n.many(256 * latents, -(2**30), 2**30)),
        "regions.shift": ("i1", [latents], [24] * latents),
        **painted(seed + 1, latents),
    }


def k784() -> bytes:
    """784 latents, the most there are: 784-1-784."""
    return model_file("classic", classic([784, 1, 784]))


def deep() -> bytes:
    """16 layers, the most there are, the first of 4096 units, the most there are."""
    arrays = classic([1, 4096, *[1] * 14, 784])
    n = Numbers(16)
    arrays["decoder.0.weights"] = "i1", [1, 4096], n.many(4096, -128, 127)
    arrays["decoder.0.bias"] = "i4", [4096], n.many(4096, 0, 2**14)
    arrays["decoder.0.shift"] = "i1", [4096], n.many(4096, 4, 6)
    arrays["decoder.1.shift"] = "i1", [1], [12]
    arrays["decoder.15.bias"] = "i4", [784], n.many(784, -60, 60)
    return model_file("classic", arrays)


def extra() -> bytes:
    """Arrays that the kind does not know, one of them a layer past the last: they mean nothing."""
    more: Arrays = {
        "": ("u1", [1], [1]),
        "decoder.1.weights": ("i1", [1, 1], [1]),
        "encoders": ("u4", [], [2**32 - 1]),
        "zeta/ζ": ("i2", [2, 0, 3], []),
    }
    return model_file("classic", {**painted(50, 1), **more})


def table(total: int) -> bytes:
    """A model whose table has so many bytes, by arrays without values and without meaning."""
    arrays = painted(51, 1)

    def missing() -> int:
        table = [[name, *arrays[name][:2]] for name in sorted(arrays)]
        return total - len(msgpack.packb(["classic", table]))

    number = 0
    while (left := missing()) > 0:
        # a row takes 8 bytes beside the name, of 32 to 255 bytes; the last name fits the rest
        length = min(240, left - 8) if left - 248 >= 48 or left <= 248 else left - 8 - 100
        arrays[f"table.{number:03}".ljust(length, "x")] = ("u1", [0], [])
        number += 1
    assert missing() == 0
    return model_file("classic", arrays)


def full_table() -> bytes:
    """A table of 2^16 bytes, the most there are."""
    return table(TABLE_BYTES)


def r256() -> bytes:
    """16-bit codes: 256 axes a region, the most there are; means up to 2^30."""
    return model_file("code16", code16(256, 1, 60))


def r1() -> bytes:
    """16-bit codes: one axis a region; means and shifts at their bounds."""
    arrays = code16(1, 3, 61)
    ends = [-(2**30), 2**30, -(2**30) + 1, 2**30 - 1, 0, 2**29]
    arrays["regions.means"] = "i4", [256, 3], (ends * 128)[: 256 * 3]
    arrays["regions.shift"] = "i1", [3], [30, 0, 23]
    return model_file("code16", arrays)


def filler(number: int) -> bytes:
    return model_file("classic", painted(70 + number, 1))


def bad() -> Iterator[tuple[str, bytes, str, str]]:
    """Models that are one step past a bound, or otherwise not what their kind needs."""
    error = "InvalidModelError"
    yield "table-65537", table(TABLE_BYTES + 1), error, "A table of 2^16 + 1 bytes."
    for name, kind, arrays, text in (*bad_classic(), *bad_code16()):
        yield f"{kind}-{name}", model_file(kind, arrays), error, text


def bad_classic() -> Iterator[tuple[str, str, Arrays, str]]:
    kind = "classic"
    sound = classic([1, 2, 784])
    for name, arrays, text in (
        ("785-latents", classic([785, 1, 784]), "785 latents."),
        ("783-pixels", classic([1, 783]), "783 pixels."),
        ("785-pixels", classic([1, 785]), "785 pixels."),
        ("17-layers", classic([*[1] * 17, 784]), "17 layers."),
        ("width-4097", classic([1, 4097, 1, 784]), "A layer of 4097 units."),
        ("width-0", classic([1, 0, 784]), "A layer of no units."),
        ("no-latents", classic([0, 784]), "No latents."),
        (
            "no-layers",
            {"decoder.clips": ("i4", [0, 2], []), "decoder.greys": ("u1", [1], [0])},
            "A network of no layers.",
        ),
        ("layer-missing", {k: v for k, v in sound.items() if ".1." not in k}, "A layer missing."),
        ("chain", {**sound, **layer("decoder.1", 3, 784)}, "A layer of 3 inputs behind 2 units."),
        ("clips-flat", {**sound, "decoder.clips": ("i4", [4], [0, 255, 0, 255])}, "Flat clips."),
        (
            "clips-wide",
            {**sound, "decoder.clips": ("i4", [2, 3], [0, 255, 0, 0, 255, 0])},
            "Three clips a layer.",
        ),
        ("clips-type", {**sound, "decoder.clips": ("i2", [2, 2], [0, 255] * 2)}, "Clips of i2."),
        (
            "clip-reversed",
            {**sound, "decoder.clips": ("i4", [2, 2], [1, 0, 0, 255])},
            "A clip whose low is above its high.",
        ),
        (
            "clip-low",
            {**sound, "decoder.clips": ("i4", [2, 2], [-32769, 0, 0, 255])},
            "A clip below -32768.",
        ),
        (
            "clip-not-0",
            {**sound, "decoder.clips": ("i4", [2, 2], [0, 255, 1, 255])},
            "A last clip that does not start at 0.",
        ),
        (
            "clip-below-greys",
            {**sound, "decoder.clips": ("i4", [2, 2], [0, 255, 0, 254])},
            "A last clip that leaves out a grey.",
        ),
        ("shift-minus-1", {**sound, "decoder.0.shift": ("i1", [2], [0, -1])}, "A shift of -1."),
        ("shift-41", {**sound, "decoder.0.shift": ("i1", [2], [0, 41])}, "A shift of 41."),
        ("shift-type", {**sound, "decoder.0.shift": ("u1", [2], [0, 0])}, "Shifts of u1."),
        ("shift-short", {**sound, "decoder.0.shift": ("i1", [1], [0])}, "One shift for 2 units."),
        ("bias-type", {**sound, "decoder.0.bias": ("i2", [2], [0, 0])}, "Biases of i2."),
        ("bias-long", {**sound, "decoder.0.bias": ("i4", [3], [0] * 3)}, "3 biases for 2 units."),
        (
            "weights-type",
            {**sound, "decoder.0.weights": ("i4", [1, 2], [1, 1])},
            "Weights of i4.",
        ),
        ("weights-u1", {**sound, "decoder.0.weights": ("u1", [1, 2], [1, 1])}, "Weights of u1."),
        ("weights-flat", {**sound, "decoder.0.weights": ("i1", [2], [1, 1])}, "Flat weights."),
        ("greys-type", {**sound, "decoder.greys": ("u2", [256], [0] * 256)}, "Greys of u2."),
        ("greys-none", {**sound, "decoder.greys": ("u1", [0], [])}, "No greys."),
        ("greys-square", {**sound, "decoder.greys": ("u1", [16, 16], [0] * 256)}, "Square greys."),
    ):
        yield name, kind, arrays, text


def bad_code16() -> Iterator[tuple[str, str, Arrays, str]]:
    kind = "code16"
    sound = code16(1, 1, 80)
    means = [0] * 256
    for name, arrays, text in (
        ("257-axes", code16(257, 1, 81), "257 axes a region."),
        ("no-axes", code16(0, 1, 80), "No axes."),
        (
            "255-points",
            {**sound, "regions.points": ("i1", [255, 1], [0] * 255)},
            "A codebook of 255 points.",
        ),
        (
            "255-regions",
            {**sound, "regions.axes": ("i1", [255, 1, 1], [0] * 255)},
            "Axes of 255 regions.",
        ),
        (
            "axes-of-2",
            {**sound, "regions.axes": ("i1", [256, 2, 1], [0] * 512)},
            "Axes for points of 2 numbers.",
        ),
        ("axes-type", {**sound, "regions.axes": ("i2", [256, 1, 1], means)}, "Axes of i2."),
        ("points-type", {**sound, "regions.points": ("u1", [256, 1], means)}, "Points of u1."),
        (
            "means-high",
            {**sound, "regions.means": ("i4", [256, 1], [2**30 + 1, *means[1:]])},
            "A mean of 2^30 + 1.",
        ),
        (
            "means-low",
            {**sound, "regions.means": ("i4", [256, 1], [-(2**30) - 1, *means[1:]])},
            "A mean of -2^30 - 1.",
        ),
        ("means-255", {**sound, "regions.means": ("i4", [255, 1], means[1:])}, "255 means."),
        ("means-type", {**sound, "regions.means": ("i2", [256, 1], means)}, "Means of i2."),
        ("shift-31", {**sound, "regions.shift": ("i1", [1], [31])}, "A region's shift of 31."),
        ("shift-minus-1", {**sound, "regions.shift": ("i1", [1], [-1])}, "A region's shift of -1."),
        ("shift-2", {**sound, "regions.shift": ("i1", [2], [0, 0])}, "Shifts for 2 latents."),
        ("latents-2", {**sound, **painted(82, 2)}, "A decoder of 2 latents for regions of one."),
        (
            "no-shift",
            {k: v for k, v in sound.items() if "shift" not in k[:13]},
            "The regions' shifts are missing.",
        ),
    ):
        yield name, kind, arrays, text
