"""The kind `residuals` in plain Python integers, from docs/FORMAT.md alone."""

from collections.abc import Callable

from reference.range_code import RangeDecoder, RangeEncoder

SIDE = 28
DIAGONALS = [
    *((1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1)),
    *((2, 2), (2, -2), (3, 3), (3, -3), (4, 4), (4, -4)),
]
METHODS = 484


class Grid:
    """The pixels of an image that are known, by row and column."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], int] = {}

    def at(self, row: int, column: int) -> int:
        return self.known.get((row, column), 0)

    def predict(self, predictor: int, row: int, column: int) -> int:
        left, above = self.at(row, column - 1), self.at(row - 1, column)
        corner = self.at(row - 1, column - 1)
        if predictor == 0:
            return sorted([left, above, left + above - corner])[1]
        if predictor <= 5:
            return [
                left + above - corner,
                2 * left - self.at(row, column - 2),
                2 * above - self.at(row - 2, column),
                (left + above) // 2,
                0,
            ][predictor - 1]
        if predictor < 18:
            up, back = DIAGONALS[predictor - 6]
            return self.at(row - up, column - back)
        if predictor < 32:
            return self.at(row, column - (predictor - 17))
        if predictor < 46:
            return self.at(row - (predictor - 31), column)
        up, back = divmod(predictor - 46, 14)
        if column > back:
            return self.at(row, column - back - 1)
        return self.at(row - up - 1, column)


def slots(odds: list[int]) -> list[int]:
    """The first slot of each symbol, and 65536."""
    total, before, table = sum(odds), 0, []
    for k, each in enumerate(odds):
        table.append(k + before * (65536 - len(odds)) // total)
        before += each
    return [*table, 65536]


def walk(code: Callable[[list[int], int | None], int], image: bytes | None = None) -> bytes:
    """Read an image by `code`, which is given a table; or write `image`, whose symbols it is given.

    The method of an image that is written is the symbol that `code` answers with.
    """
    method = code(slots([1] * METHODS), None)
    odds = [[1] * 256 for _ in range(4)]
    grid, residuals = Grid(), Grid()
    for row in range(SIDE):
        for column in range(SIDE):
            left, above = residuals.at(row, column - 1), residuals.at(row - 1, column)
            context = (int(left != 0) + 2 * int(above != 0)) * (method % 2)
            predicted = grid.predict(method // 2, row, column)
            wanted = None if image is None else (image[SIDE * row + column] - predicted) % 256
            residual = code(slots(odds[context]), wanted)
            odds[context][residual] += 64
            residuals.known[row, column] = residual
            grid.known[row, column] = (predicted + residual) % 256
    return bytes(grid.known.values())


def decode_residuals(payload: bytes, count: int) -> list[bytes]:
    source = RangeDecoder(payload)
    images = [walk(lambda table, _: source.decode(table)) for _ in range(count)]
    if count or payload:
        source.end()
    return images


def encode_residuals(images: list[bytes], methods: list[int]) -> bytes:
    """Any method serves any image."""
    target = RangeEncoder()
    for image, method in zip(images, methods, strict=True):

        def write(table: list[int], symbol: int | None, method: int = method) -> int:
            found = method if symbol is None else symbol
            target.encode(table[found], table[found + 1])
            return found

        walk(write, image)
    return target.end()
