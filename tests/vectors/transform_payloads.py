"""Payloads of the kind `transform` for the vectors, by the reference's range coder."""

from collections.abc import Callable, Iterator

from reference import (
    DamagedError,
    RangeEncoder,
    Transform,
    decode_latents,
    frequencies,
    run_network,
)
from vectors.seeded import Numbers

Choice = Callable[[RangeEncoder, list[int]], int]  # a symbol, by the coder and F[0] to F[A]


def code(model: Transform, count: int, choose: Choice) -> RangeEncoder:
    """Code images whose symbols are chosen as they are coded."""
    coder = RangeEncoder()
    images = [[0] * model.latents for _ in range(count)]
    for i in range(model.latents):
        for latents in images:
            logits = run_network(model.prior, latents)
            mine = logits[i * model.alphabet : (i + 1) * model.alphabet]
            table = frequencies(mine, model.odds)
            symbol = choose(coder, table)
            latents[i] = model.lowest + symbol
            coder.encode(table[symbol], table[symbol + 1])
    return coder


def owner(table: list[int], slot: int) -> int:
    return next(symbol for symbol in range(len(table)) if slot < table[symbol + 1])


def drawn(seed: int) -> Choice:
    """Symbols as probable as the prior says."""
    numbers = Numbers(seed)
    return lambda _, table: owner(table, numbers.between(0, 65535))


def even(seed: int) -> Choice:
    """Symbols of which none is more frequent than another, whatever the prior says."""
    numbers = Numbers(seed)
    return lambda _, table: numbers.between(0, len(table) - 2)


def likeliest(_: RangeEncoder, table: list[int]) -> int:
    return max(range(len(table) - 1), key=lambda symbol: table[symbol + 1] - table[symbol])


def first(_: RangeEncoder, __: list[int]) -> int:
    return 0


def last(_: RangeEncoder, table: list[int]) -> int:
    return len(table) - 2


def last_then_first(coder: RangeEncoder, table: list[int]) -> int:
    """The last symbol while nothing else is coded, then first ones."""
    return 0 if coder.low else len(table) - 2


def ends(seed: int) -> Choice:
    """The first or the last symbol."""
    numbers = Numbers(seed)
    return lambda _, table: numbers.between(0, 1) * (len(table) - 2)


def around_half(steps: int, beyond: int) -> Choice:
    """So many symbols whose intervals hold 80 00 00 ..., then one beside it, then first ones."""
    taken = 0

    def choose(coder: RangeEncoder, table: list[int]) -> int:
        nonlocal taken
        taken += 1
        half = 128 * 256 ** (coder.bytes - 1)
        if half not in range(coder.low, coder.low + coder.scope):
            return 0
        symbol = owner(table, (half - coder.low) // (coder.scope // 2**16))
        beside = symbol + beyond if taken > steps else symbol
        return beside if 0 <= beside < len(table) - 1 else symbol

    return choose


def payload(model: Transform, count: int, seed: int) -> bytes:
    return code(model, count, drawn(seed)).end()


def ending(model: Transform, count: int, zeros: int) -> bytes:
    """A payload whose number ends with so many zero bytes."""
    coders = (code(model, count, drawn(seed)) for seed in range(10**6))
    return next(coder.end() for coder in coders if coder.zeros() == zeros)


def good(t3: Transform, t2: Transform) -> Iterator[tuple[str, Transform, int, bytes, str]]:
    """Name, model, images, payload and a sentence."""
    for count in (1, 31, 32, 33, 300):
        images = "One image" if count == 1 else f"{count} images"
        yield f"{count}", t3, count, payload(t3, count, 100 + count), f"{images} under a prior."
    for count in (3, 34):
        text = f"{count} images, an alphabet of 256 symbols and sums past float32."
        yield f"wide-{count}", t2, count, code(t2, count, even(count)).end(), text
    yield "first", t3, 40, code(t3, 40, first).end(), "First symbols only: no payload at all."
    yield "last", t3, 40, code(t3, 40, last).end(), "Last symbols only: bits that are all set."
    text = "The likeliest symbols only: 160 of them in one byte."
    yield "likeliest", t2, 80, code(t2, 80, likeliest).end(), text
    text = "The first and the last of 256 symbols, by turns of a coin."
    yield "ends", t2, 20, code(t2, 20, ends(3)).end(), text
    half = "the intervals hold 80 00 00 ... for 60 symbols, and the number"
    yield "carry", t3, 30, code(t3, 30, around_half(60, 1)).end(), f"A carry: {half} is above."
    yield "no-carry", t3, 30, code(t3, 30, around_half(60, -1)).end(), f"No carry: {half} is below."
    for zeros in (4, 5, 6):
        text = f"The number ends with {zeros} zero bytes."
        yield f"zeros-{zeros}", t3, 2, ending(t3, 2, zeros), text
    text = "Two bytes, then zero bytes past the decoder's window."
    yield "zeros-past", t3, 40, code(t3, 40, last_then_first).end(), text


def refused(model: Transform, count: int, data: bytes) -> bool:
    try:
        decode_latents(model, data, count)
    except DamagedError:
        return True
    return False


def bad(model: Transform) -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """Name, images, the sound payload, the one to be refused and a sentence."""
    coders = [code(model, 8, drawn(seed)) for seed in range(40)]
    coder = coders[7]
    sound, zeros = coder.end(), coder.zeros()
    cut = next(c.end() for c in coders if refused(model, 8, c.end()[:-1]))
    yield "cut", 8, cut, cut[:-1], "The last byte is missing; the rest is no end of any symbols."
    yield "zero", 8, sound, sound + b"\0", "A zero byte behind the payload."
    yield "trailing", 8, sound, sound + b"\x5a", "A byte more, within the final interval."
    yield "zeros-window", 8, sound, sound + bytes(zeros), "All the zero bytes are written."
    past = sound + bytes(zeros) + b"\x01"
    yield "past-window", 8, sound, past, "A byte more than the decoder reads."
    fewer = coder.write(coder.numbers(zeros - 1)[0])
    yield "fewer-zeros", 8, sound, fewer, "The least number, with a zero byte less."
    highest = coder.write(coder.low + coder.scope - 1)
    yield "highest", 8, sound, highest, "The highest number of the final interval."
    wide = next(c for c in coders if len(c.numbers(c.zeros())) > 1)
    second = wide.write(wide.numbers(wide.zeros())[1])
    yield "not-least", 8, wide.end(), second, "As many zero bytes, but not the least such number."
    text = "A symbol past the last: the bits are all set to the end."
    yield "slot-past", 8, sound, b"\xff" * 60, text
    yield "long", 1, payload(model, 1, 1), bytes(range(1, 65)), "64 bytes for one image."
    yield "none-but-zero", 40, b"", b"\0", "A zero byte where no payload is right."


def other_images(model: Transform) -> Iterator[tuple[str, int, bytes, bytes, str]]:
    """As `bad`, but sound payloads, of images that the pixel check is not of."""
    sound = payload(model, 33, 8)
    half = sound[: len(sound) // 2]
    yield "cut-half", 33, sound, half, "The second half is missing: the payload of other images."
    yield "cut-all", 33, sound, b"", "No payload is that of first symbols only."
