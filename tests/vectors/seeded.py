"""Integers that are the same for ever."""


class Numbers:
    """Seeded integers (a linear congruential generator, Knuth's MMIX)."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def between(self, low: int, high: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (self.state >> 33) % (high - low + 1)

    def many(self, count: int, low: int, high: int) -> list[int]:
        return [self.between(low, high) for _ in range(count)]
