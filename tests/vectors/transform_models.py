"""Models of the kind `transform` for the vectors: two that decode, and faults in a third."""

from collections.abc import Iterator
from typing import NamedTuple

from vectors.seeded import Numbers

Arrays = dict[str, tuple[str, list[int], list[int]]]


class Shape(NamedTuple):
    """A prior and the layers of its decoder before the last."""

    latents: int
    alphabet: int
    degree: list[int]
    hidden: int  # layers of the prior


def masked(numbers: Numbers, shape: Shape, layer: int, size: int) -> tuple[list[int], list[int]]:
    """The shape and the weights of a layer of a prior; 0 where the degrees forbid one."""
    known = [j + 1 for j in range(shape.latents)] if layer == 0 else shape.degree
    wanted = shape.degree
    if layer == shape.hidden:
        wanted = [i for i in range(shape.latents) for _ in range(shape.alphabet)]
    weights = [numbers.between(-size, size) * (g <= w) for g in known for w in wanted]
    return [len(known), len(wanted)], weights


def t3() -> Arrays:
    """Three latents of -2 to 2, float32: prior 3-4-4-15, decoder 3-784; no encoder."""
    n = Numbers(33)
    shape = Shape(3, 5, [0, 1, 1, 2], 2)
    return {
        "prior.symbols": ("i2", [2], [-2, 5]),
        "prior.degree": ("u2", [4], shape.degree),
        "prior.odds": ("u2", [21], [50000 * 3**t // 4**t for t in range(20)] + [0]),
        "prior.clips": ("i4", [3, 2], [0, 127, 0, 127, -100, 100]),
        "prior.0.weights": ("i1", *masked(n, shape, 0, 40)),
        "prior.0.bias": ("i4", [4], n.many(4, 0, 100)),
        "prior.0.shift": ("i1", [4], [0, 1, 0, 1]),
        "prior.1.weights": ("i1", *masked(n, shape, 1, 127)),
        "prior.1.bias": ("i4", [4], n.many(4, 0, 9000)),
        "prior.1.shift": ("i1", [4], [7, 7, 8, 7]),
        "prior.2.weights": ("i1", *masked(n, shape, 2, 50)),
        "prior.2.bias": ("i4", [15], n.many(15, -900, 900)),
        "prior.2.shift": ("i1", [15], n.many(15, 8, 9)),
        "decoder.clips": ("i4", [1, 2], [0, 31]),
        "decoder.0.weights": ("i1", [3, 784], n.many(3 * 784, -90, 90)),
        "decoder.0.bias": ("i4", [784], n.many(784, 0, 500)),
        "decoder.0.shift": ("i1", [784], n.many(784, 3, 5)),
        "decoder.greys": ("u1", [32], [(8 * i + 3) % 256 for i in range(32)]),
    }


def t2() -> Arrays:
    """Two latents of -128 to 127, past float32: prior 2-3-512, decoder 2-784; no encoder."""
    n = Numbers(22)
    shape = Shape(2, 256, [0, 1, 1], 1)
    return {
        "prior.symbols": ("i2", [2], [-128, 256]),
        "prior.degree": ("u2", [3], shape.degree),
        "prior.odds": ("u2", [4], [65535, 900, 20, 0]),
        "prior.clips": ("i4", [2, 2], [-32768, 32768, -32768, 32768]),
        "prior.0.weights": ("i2", *masked(n, shape, 0, 32767)),
        "prior.0.bias": ("i4", [3], n.many(3, -(2**22), 2**22)),
        "prior.0.shift": ("i1", [3], [8, 7, 9]),
        "prior.1.weights": ("i2", *masked(n, shape, 1, 32767)),
        "prior.1.bias": ("i4", [512], n.many(512, -(2**30), 2**30)),
        "prior.1.shift": ("i1", [512], n.many(512, 24, 28)),
        "decoder.clips": ("i4", [1, 2], [0, 255]),
        "decoder.0.weights": ("i2", [2, 784], n.many(2 * 784, -32768, 32767)),
        "decoder.0.bias": ("i4", [784], n.many(784, -(2**31), 2**31 - 1)),
        "decoder.0.shift": ("i1", [784], n.many(784, 14, 24)),
        "decoder.greys": ("u1", [256], [(11 * i + 5) % 256 for i in range(256)]),
    }


def least() -> Arrays:
    """About the smallest sound model: two latents of 0 or 1, prior 2-2-2-4, decoder 2-1-784."""
    n = Numbers(1)
    shape = Shape(2, 2, [0, 1], 2)
    arrays: Arrays = {
        "prior.symbols": ("i2", [2], [0, 2]),
        "prior.degree": ("u2", [2], shape.degree),
        "prior.odds": ("u2", [1], [1]),
        "prior.clips": ("i4", [3, 2], [-9, 9] * 3),
        "decoder.clips": ("i4", [2, 2], [0, 1, 0, 1]),
        "decoder.0.weights": ("i1", [2, 1], [1, 1]),
        "decoder.0.bias": ("i4", [1], [0]),
        "decoder.0.shift": ("i1", [1], [0]),
        "decoder.1.weights": ("i1", [1, 784], [1] * 784),
        "decoder.1.bias": ("i4", [784], [0] * 784),
        "decoder.1.shift": ("i1", [784], [0] * 784),
        "decoder.greys": ("u1", [2], [0, 255]),
    }
    for layer in range(3):
        (rows, columns), weights = masked(n, shape, layer, 3)
        arrays[f"prior.{layer}.weights"] = "i1", [rows, columns], weights
        arrays[f"prior.{layer}.bias"] = "i4", [columns], [0] * columns
        arrays[f"prior.{layer}.shift"] = "i1", [columns], [0] * columns
    return arrays


def bad_models() -> Iterator[tuple[str, Arrays, str]]:
    """`least` with one fault each."""
    sound = least()

    def weight(name: str, at: int) -> Arrays:
        code, shape, values = sound[name]
        return sound | {name: (code, shape, [*values[:at], 1, *values[at + 1 :]])}

    def symbols(lowest: int, alphabet: int) -> Arrays:
        """Another alphabet, with the logits that it asks for."""
        outputs = 2 * alphabet
        return sound | {
            "prior.symbols": ("i2", [2], [lowest, alphabet]),
            "prior.2.weights": ("i1", [2, outputs], [0] * 2 * outputs),
            "prior.2.bias": ("i4", [outputs], [0] * outputs),
            "prior.2.shift": ("i1", [outputs], [0] * outputs),
        }

    yield "mask-input", weight("prior.0.weights", 3), "The second latent reaches a hidden unit."
    yield "mask-same", weight("prior.0.weights", 0), "The first latent reaches a unit of degree 0."
    yield "mask-hidden", weight("prior.1.weights", 2), "A hidden unit reaches a lower degree."
    yield "mask-logits", weight("prior.2.weights", 5), "A latent's logits see the latent."
    degree = {"prior.degree": ("u2", [2], [1, 0])}
    blind = {
        f"prior.{layer}.weights": ("i1", [2, outputs], [0] * 2 * outputs)
        for layer, outputs in enumerate((2, 2, 4))
    }
    yield "degree-falls", sound | blind | degree, "The degrees fall."
    past = {"prior.degree": ("u2", [2], [0, 2])}
    yield "degree-past", sound | blind | past, "A degree of 2 for two latents."
    yield "odds-none", sound | {"prior.odds": ("u2", [0], [])}, "No odds."
    yield "odds-zero", sound | {"prior.odds": ("u2", [2], [0, 1])}, "The first odds are 0."
    yield "alphabet-1", symbols(0, 1), "An alphabet of one symbol."
    yield "alphabet-257", symbols(0, 257), "An alphabet of 257 symbols."
    yield "symbols-past", symbols(32767, 2), "Latents of 32767 and 32768, past 16 bits."
    yield (
        "logits-missing",
        sound | {"prior.symbols": ("i2", [2], [0, 3])},
        "4 logits where 6 belong.",
    )
    one = {"prior.clips": ("i4", [1, 2], [-9, 9])}
    one |= {f"prior.0.{part}": sound[f"prior.2.{part}"] for part in ("bias", "shift")}
    one |= {"prior.0.weights": ("i1", [2, 4], [0] * 8)}
    yield "prior-shallow", sound | one, "A prior without a hidden layer."
    wide = {"decoder.0.weights": ("i1", [3, 1], [1, 1, 1])}
    yield "decoder-3-latents", sound | wide, "A decoder of three latents for a prior of two."
    clips = {"decoder.clips": ("i4", [2, 2], [0, 1, 0, 2])}
    yield "decoder-greys", sound | clips, "The decoder's clip goes past the greys."
    clips = {"decoder.clips": ("i4", [2, 2], [0, 32769, 0, 1])}
    yield "clip-32769", sound | clips, "A clip past 32768."
