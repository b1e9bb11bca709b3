from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.integer import ExactProducts

Floats = NDArray[np.float32]
SHAPES = [(1, 1, 1), (3, 64, 5), (62, 192, 224), (7, 784, 7)]


def near_the_bound(rows: int, inner: int, columns: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(inner)
    most = int(np.sqrt((2**24 - 1) // inner))
    a, b = (
        rng.integers(-most, most, size, endpoint=True) for size in (rows * inner, inner * columns)
    )
    return (
        a.reshape(rows, inner).astype(np.float32),
        b.reshape(inner, columns).astype(np.float32),
    )


def in_int64(a: Floats, b: Floats) -> NDArray[np.int64]:
    return np.asarray(np.einsum("ij,jk->ik", a.astype(np.int64), b.astype(np.int64)))


@pytest.mark.parametrize("shape", SHAPES)
def test_products_are_exact(shape: tuple[int, int, int]) -> None:
    a, b = near_the_bound(*shape)
    assert np.array_equal(ExactProducts()(a, b), in_int64(a, b))


def losing_an_entry(a: Floats, b: Floats) -> Floats:
    found = a @ b
    found[-1, -1] += 1
    return found


def swapping_columns(a: Floats, b: Floats) -> Floats:
    return (a @ b)[:, ::-1]


def rounding_sums(a: Floats, b: Floats) -> Floats:
    return np.asarray((a @ b).astype(np.float16), np.float32)


@pytest.mark.parametrize("kernel", [losing_an_entry, swapping_columns, rounding_sums])
@pytest.mark.parametrize("shape", SHAPES[1:])
def test_a_wrong_kernel_is_found_out_and_not_used(
    kernel: Callable[[Floats, Floats], Floats], shape: tuple[int, int, int]
) -> None:
    asked: list[tuple[int, ...]] = []

    def matmul(a: Floats, b: Floats) -> Floats:
        asked.append(a.shape)
        return kernel(a, b)

    products = ExactProducts(matmul)
    a, b = near_the_bound(*shape)
    for _ in range(3):
        assert np.array_equal(products(a, b), in_int64(a, b))
    assert len(asked) == 1


def test_every_shape_is_checked_once() -> None:
    asked: list[tuple[int, ...]] = []

    def matmul(a: Floats, b: Floats) -> Floats:
        asked.append((*a.shape, b.shape[1]))
        return a @ b

    products = ExactProducts(matmul)
    for shape in (*SHAPES, *SHAPES):
        products(*near_the_bound(*shape))
    assert all(asked.count(shape) == 3 for shape in SHAPES)  # one question, two answers
