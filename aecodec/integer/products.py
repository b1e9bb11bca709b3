"""Products of two integer matrices in floats, exact and checked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.integer.networks import FLOAT32_LIMIT

Matmul = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]


class ExactProducts:
    """Multiplies integer matrices that float32 holds, where no sum can leave plus or minus 2^24.

    Every shape is checked once, before its first use, as `Network` checks its layers: BLAS picks
    its kernel by shape. After a wrong answer everything runs in int64. May be used from many
    threads at once.

    Args:
        matmul: The matrix product of floats to use.
    """

    def __init__(self, matmul: Matmul = np.matmul) -> None:
        self._matmul = matmul
        self._checked: set[tuple[int, int, int]] = set()
        self._fails = False

    def __call__(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """The products of integers (..., M, K) and (..., K, N), float32 (..., M, N).

        The caller proves that K times the largest of `a` times the largest of `b` is below 2^24,
        or bounds the sums in another way.
        """
        shape = (*a.shape[-2:], b.shape[-1])
        if not self._fails and shape not in self._checked:
            if self._is_exact(*shape):
                self._checked.add(shape)
            else:
                self._fails = True
        if self._fails:
            product = np.einsum("...ij,...jk->...ik", a.astype(np.int64), b.astype(np.int64))
            return np.asarray(product, np.float32)
        return np.asarray(self._product(a, b), np.float32)

    def _product(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        # some kernels raise floating-point flags in lanes they throw away; the result is exact
        with np.errstate(all="ignore"):
            return self._matmul(a, b)

    def _is_exact(self, rows: int, inner: int, columns: int) -> bool:
        """Ask for the product of odd numbers of one sign, whose sums come near 2^24.

        The answer is checked by its products with two vectors, which int64 gives quickly: a wrong
        entry shows in both sums of its row, as the second vector tells columns apart.
        """
        most = (FLOAT32_LIMIT - 1) // max(inner, 1)
        high = 1 << (most.bit_length() // 2)
        low = max(most // high, 1)
        a = high - 1 - 2 * (np.arange(rows * inner).reshape(rows, inner) * 7 % (high // 4 + 1))
        b = low - 2 * (np.arange(inner * columns).reshape(inner, columns) * 5 % (low // 4 + 1))
        a, b = np.maximum(a, 1), np.maximum(b, 1)
        found = self._product(a.astype(np.float32), b.astype(np.float32)).astype(np.float64)
        for weights in (np.ones(columns, np.int64), 1 + np.arange(columns) * 7919 % 10_007):
            known = np.einsum("ij,j->i", a, np.einsum("ij,j->i", b, weights))
            if not np.array_equal(np.einsum("ij,j->i", found, weights), known):
                return False
        return True
