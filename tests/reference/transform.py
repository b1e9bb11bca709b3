"""The kind `transform` in plain Python integers, from docs/FORMAT.md alone.

The model is checked whole, the prior runs once for each latent of each image, and the range code
is read as the page writes it.
"""

from typing import NamedTuple

from reference.data import need
from reference.nets import Layer, run_network
from reference.range_code import RangeDecoder

Arrays = dict[str, tuple[str, list[int], list[int]]]


class Transform(NamedTuple):
    lowest: int  # m
    alphabet: int  # A
    odds: list[int]
    prior: list[Layer]
    decoder: list[Layer]
    greys: list[int]

    @property
    def latents(self) -> int:
        return len(self.decoder[0].weights)


def read_transform(
    arrays: Arrays, prior: list[Layer], decoder: list[Layer], greys: list[int]
) -> Transform:
    """The model of these networks, which are sound one by one."""
    need("prior.symbols" in arrays and "prior.odds" in arrays, "an array is missing")
    need(arrays["prior.symbols"][:2] == ("i2", [2]), "symbols")
    lowest, alphabet = arrays["prior.symbols"][2]
    need(2 <= alphabet <= 256 and lowest + alphabet <= 2**15, "alphabet")
    code, shape, odds = arrays["prior.odds"]
    need(code == "u2" and len(shape) == 1 and len(odds) > 0 and odds[0] > 0, "odds")
    latents = len(prior[0].weights)
    need(len(prior[-1].bias) == latents * alphabet, "logits")
    need("prior.degree" in arrays, "an array is missing")
    check_mask(prior, arrays["prior.degree"], latents, alphabet)
    need(len(decoder[0].weights) == latents, "latents of the decoder")
    return Transform(lowest, alphabet, odds, prior, decoder, greys)


def check_mask(
    prior: list[Layer], array: tuple[str, list[int], list[int]], latents: int, alphabet: int
) -> None:
    """Refuse a prior in which the logits of a latent see it, or one behind it."""
    code, shape, degree = array
    need(code == "u2" and len(shape) == 1 and len(prior) > 1, "degree")
    need(len(degree) > 0 and degree == sorted(degree) and degree[-1] < latents, "degrees ascend")
    need(all(len(layer.bias) == len(degree) for layer in prior[:-1]), "hidden widths")
    # What a unit sees: the first so many latents. An input *j* is known after the first j + 1.
    known = [j + 1 for j in range(latents)]
    for layer in prior[:-1]:
        check_sight(layer, known, degree)
        known = degree
    check_sight(prior[-1], known, [i for i in range(latents) for _ in range(alphabet)])


def check_sight(layer: Layer, sources: list[int], targets: list[int]) -> None:
    for source, row in zip(sources, layer.weights, strict=True):
        for target, weight in zip(targets, row, strict=True):
            need(weight == 0 or source <= target, "a weight that the degrees forbid")


def frequencies(logits: list[int], odds: list[int]) -> list[int]:
    """F[0] to F[A]: the first slot of each symbol, and 65536."""
    highest = max(logits)
    total = [0]
    for logit in logits:
        total.append(total[-1] + odds[min(highest - logit, len(odds) - 1)])
    count = len(logits)
    return [k + c * (65536 - count) // total[-1] for k, c in enumerate(total)]


def decode_latents(model: Transform, payload: bytes, count: int) -> list[list[int]]:
    coder = RangeDecoder(payload)
    images = [[0] * model.latents for _ in range(count)]
    for i in range(model.latents):
        for latents in images:
            logits = run_network(model.prior, latents)
            mine = logits[i * model.alphabet : (i + 1) * model.alphabet]
            latents[i] = model.lowest + coder.decode(frequencies(mine, model.odds))
    coder.end()
    return images


def decode_transform(model: Transform, payload: bytes, count: int) -> list[bytes]:
    codes = [tuple(latents) for latents in decode_latents(model, payload, count)]
    images = {}
    for latents in set(codes):  # the same latents often come again
        out = run_network(model.decoder, list(latents))
        images[latents] = bytes(model.greys[value] for value in out)
    return [images[latents] for latents in codes]
