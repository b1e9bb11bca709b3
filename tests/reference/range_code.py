"""The range coder of the kind `transform`, from docs/FORMAT.md alone.

The encoder keeps all the bytes it has decided in one integer, so nothing in it can carry wrong.
"""

from reference.data import need


class RangeDecoder:
    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.at = 0
        self.scope = 2**48
        self.offset = self.read(6)

    def read(self, count: int) -> int:
        data = self.payload[self.at : self.at + count]
        self.at += count
        return int.from_bytes(data.ljust(count, b"\0"), "big")

    def decode(self, table: list[int]) -> int:
        """The next symbol, whose slots `table` tells as `frequencies` does."""
        unit = self.scope // 2**16
        slot = self.offset // unit
        need(slot <= 65535, "a slot past the last")
        symbol = 0
        while table[symbol + 1] <= slot:
            symbol += 1
        self.offset -= table[symbol] * unit
        self.scope = (table[symbol + 1] - table[symbol]) * unit
        if self.scope < 2**32:
            self.offset = self.offset * 2**16 + self.read(2)
            self.scope *= 2**16
        return symbol

    def end(self) -> None:
        """Refuse a payload that does not end as the page says."""
        need(self.at >= len(self.payload), "a payload longer than its symbols")
        zeros = min(self.at - len(self.payload), 6)
        need(not self.payload.endswith(b"\0"), "a zero byte at the end")
        need(self.offset < 256**zeros, "not the least number")
        if zeros < 6:
            rest = self.offset - self.payload[-1] * 256**zeros
            need(rest < 0 and rest + 256 ** (zeros + 1) >= self.scope, "a number with more zeros")


class RangeEncoder:
    def __init__(self) -> None:
        self.low = 0  # the bytes so far as one number; the final one is low to low + scope - 1
        self.scope = 2**48
        self.bytes = 6

    def encode(self, first: int, after: int) -> None:
        """Code a symbol that owns the slots `first` to `after` - 1."""
        unit = self.scope // 2**16
        self.low += first * unit
        self.scope = (after - first) * unit
        if self.scope < 2**32:
            self.low *= 2**16
            self.scope *= 2**16
            self.bytes += 2

    def numbers(self, zeros: int) -> range:
        """The numbers of the final interval that end with so many zero bytes, or more."""
        step = 256**zeros
        return range(-(-self.low // step) * step, self.low + self.scope, step)

    def zeros(self) -> int:
        """With how many zero bytes the payload's number ends."""
        return next(z for z in range(self.bytes, -1, -1) if self.numbers(z))

    def write(self, number: int) -> bytes:
        return number.to_bytes(self.bytes, "big").rstrip(b"\0")

    def end(self) -> bytes:
        return self.write(self.numbers(self.zeros())[0])
