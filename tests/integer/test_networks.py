from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event
from typing import Any

import numpy as np
import pytest
import reference
from helpers import random_layer
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.integer import (
    BLOCK_ROWS,
    FLOAT32_LIMIT,
    MAX_SHIFT,
    MAX_WIDTH,
    DenseLayer,
    Network,
    dense_arrays,
    read_network,
    take_array,
)

Array = NDArray[Any]
Range = tuple[int, int]


def exact(layers: list[DenseLayer], x: Array) -> Array:
    """docs/FORMAT.md in int64: what every network must give."""
    y = x.astype(np.int64)
    for layer in layers:
        shift = layer.shift.astype(np.int64)
        r = np.where(shift > 0, 2 ** np.maximum(shift - 1, 0), 0)
        sums = y @ layer.weights.astype(np.int64) + layer.bias + r
        y = np.clip(sums // 2**shift, layer.low, layer.high)
    return y


def plain(layers: list[DenseLayer], x: Array) -> list[list[int]]:
    """The same in Python's own integers."""
    stack = [
        reference.Layer(la.weights.tolist(), la.bias.tolist(), la.shift.tolist(), la.low, la.high)
        for la in layers
    ]
    return [reference.run_network(stack, row) for row in x.tolist()]


def one(weights: Any, bias: Any = 0, shift: Any = 0, clip: Range = (-(2**15), 2**15)) -> DenseLayer:
    w = np.array(weights)
    return DenseLayer(
        w if w.dtype == np.int64 and np.abs(w).max() > 2**15 else w.astype(np.int16),
        np.broadcast_to(np.array(bias, np.int32), w.shape[1]).copy(),
        np.broadcast_to(np.array(shift, np.int8), w.shape[1]).copy(),
        *clip,
    )


# ------------------------------------------------------------------------------ the layer's values


@pytest.mark.parametrize(
    ("x", "bias", "shift", "result"),
    [
        (5, 0, 0, 5),
        (5, 0, 1, 3),  # 2.5 is rounded up
        (-5, 0, 1, -2),  # -2.5 too: floor of -2.5 + 0.5
        (3, 0, 2, 1),
        (-3, 0, 2, -1),
        (1, 0, 2, 0),
        (-1, 0, 1, 0),
        (-1, 0, 40, 0),
        (-1, -(2**31), 40, 0),
        (7, 1000, 3, 126),
        (100, 32_700, 0, 32_768),  # clipped
        (-100, -32_700, 0, -32_768),
    ],
)
def test_a_layer_rounds_half_up_and_clips(x: int, bias: int, shift: int, result: int) -> None:
    network = Network([one([[1]], bias, shift)], (-128, 127))
    assert network(np.array([[x]])).tolist() == [[result]]


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[DenseLayer], Range, Array]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    widths = draw(st.lists(st.integers(1, 9), min_size=2, max_size=5))
    low = draw(st.integers(-(2**15), 2**15))
    inputs = (low, draw(st.integers(low, 2**15)))
    layers = []
    for width_in, width_out in pairwise(widths):
        bottom = draw(st.integers(-(2**15), 2**15))
        layers.append(
            random_layer(
                rng,
                width_in,
                width_out,
                (bottom, draw(st.integers(bottom, 2**15))),
                peak=draw(st.sampled_from([1, 127, 32_767])),
                shift=(0, draw(st.sampled_from([0, 5, 20, MAX_SHIFT]))),
                bias=draw(st.sampled_from([0, 1000, 2**31 - 1])),
            )
        )
    rows = draw(st.sampled_from([0, 1, 2, 3, 5, 17]))
    x = rng.integers(*inputs, (rows, widths[0]), endpoint=True)
    return layers, inputs, x


@given(networks())
def test_a_network_gives_what_python_integers_give(
    case: tuple[list[DenseLayer], Range, Array],
) -> None:
    layers, inputs, x = case
    network = Network(layers, inputs)
    assert network(x).tolist() == plain(layers, x)
    assert network.arithmetic in ("float32", "float64")


@given(networks(), st.sampled_from(["float32", "float64", "int32", "int64"]))
def test_the_type_of_the_input_does_not_matter(
    case: tuple[list[DenseLayer], Range, Array], dtype: str
) -> None:
    layers, inputs, x = case
    assert np.array_equal(Network(layers, inputs)(x.astype(dtype)), exact(layers, x))


@given(networks())
def test_a_network_stored_as_arrays_is_the_same(
    case: tuple[list[DenseLayer], Range, Array],
) -> None:
    layers, inputs, x = case
    again = read_network(dense_arrays("net", layers), "net", inputs)
    assert np.array_equal(again(x), exact(layers, x))
    assert (again.width_in, again.width_out) == (len(layers[0].weights), len(layers[-1].bias))
    assert again.output_range == (layers[-1].low, layers[-1].high)


@pytest.mark.parametrize("rows", [0, 1, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 1000])
def test_real_shapes_agree_with_int64_at_any_number_of_rows(rows: int) -> None:
    rng = np.random.default_rng(rows)
    layers = [random_layer(rng, 784, 128, shift=(9, 13)), random_layer(rng, 128, 784, shift=(8, 9))]
    x = rng.integers(-128, 127, (rows, 784), endpoint=True)
    network = Network(layers, (-128, 127))
    assert np.array_equal(network(x), exact(layers, x))
    assert network(x).shape == (rows, 784)
    assert network.arithmetic == "float32"


def test_each_row_is_coded_as_if_it_were_alone() -> None:
    rng = np.random.default_rng(0)
    layers = [random_layer(rng, 30, 40), random_layer(rng, 40, 20)]
    network = Network(layers, (0, 255))
    x = rng.integers(0, 255, (70, 30), endpoint=True)
    assert np.array_equal(network(x), np.concatenate([network(row[None]) for row in x]))


# -------------------------------------------------------------------------------------- the bound


def bound(layer: DenseLayer, inputs: Range) -> int:
    return int(layer.bounds(inputs).max())


def test_the_bound_is_the_larger_sum_of_one_sign() -> None:
    layer = one([[3], [-5]])
    assert bound(layer, (0, 10)) == 50
    assert bound(layer, (-10, 0)) == 50
    assert bound(layer, (-10, 4)) == 62  # 3 * 4 + 5 * 10
    assert bound(layer, (7, 10)) == 50  # a low end above 0 is not relied on


def test_the_bound_has_the_bias_and_the_rounding_constant() -> None:
    assert bound(one([[3]], bias=100), (0, 10)) == 130
    assert bound(one([[3]], bias=-100), (0, 10)) == 100
    assert bound(one([[3]], bias=100, shift=4), (0, 10)) == 138
    assert bound(one([[3]], shift=40), (0, 10)) == 30 + 2**39


@given(networks())
def test_no_sum_leaves_the_bound(case: tuple[list[DenseLayer], Range, Array]) -> None:
    layers, inputs, x = case
    for layer in layers:
        limit = layer.bounds(inputs)
        contributions = x[:, :, None] * layer.weights.astype(np.int64)
        both = np.concatenate(
            [contributions, np.broadcast_to(layer.rounded_bias(), (len(x), 1, len(layer.bias)))], 1
        )
        assert (np.maximum(both, 0).sum(1) <= limit).all()
        assert (-np.minimum(both, 0).sum(1) <= limit).all()
        x, inputs = exact([layer], x), (layer.low, layer.high)


@pytest.mark.parametrize(
    ("bias", "shift", "arithmetic"),
    [
        (FLOAT32_LIMIT - 1 - 255 * 127, 0, "float32"),
        (FLOAT32_LIMIT - 255 * 127, 0, "float64"),
        (FLOAT32_LIMIT - 2 - 255 * 127, 1, "float32"),
        (FLOAT32_LIMIT - 1 - 255 * 127, 1, "float64"),
    ],
)
def test_a_layer_moves_to_float64_at_2_to_the_24(bias: int, shift: int, arithmetic: str) -> None:
    layer = one([[127]], bias, shift)
    network = Network([layer], (0, 255))
    x = np.arange(256)[:, None]
    assert network.arithmetic == arithmetic
    assert np.array_equal(network(x), exact([layer], x))


def test_a_sum_past_float32_is_still_exact() -> None:
    rng = np.random.default_rng(0)
    layers = [
        random_layer(rng, 300, 50, (-(2**15), 2**15), peak=32_767, shift=(0, 20)),
        random_layer(rng, 50, 30, (-(2**15), 2**15), peak=32_767, shift=(0, 20)),
    ]
    x = rng.integers(-(2**15), 2**15, (100, 300))
    network = Network(layers, (-(2**15), 2**15))
    assert network.arithmetic == "float64"
    assert np.array_equal(network(x), exact(layers, x))
    wrong = x.astype(np.float32) @ layers[0].weights.astype(np.float32)
    assert not np.array_equal(wrong.astype(np.int64), x @ layers[0].weights.astype(np.int64))


def test_a_matrix_past_2_to_the_53_is_refused() -> None:
    with pytest.raises(InvalidModelError, match=r"past 2\^53"):
        Network([one(np.full((2, 1), 2**37))], (-(2**15), 2**15))
    assert Network([one(np.full((1, 1), 2**37))], (-(2**15), 2**15)).arithmetic == "float64"


# ------------------------------------------------------------------------ kernels that are no good

Kernel = Callable[[Array, Array], Array]


def mantissa(x: Array, bits: int) -> Array:
    """Cut float32 to `bits` bits of mantissa, as TF32 (10) and bfloat16 (7) do."""
    mask = np.uint32(0xFFFFFFFF << (23 - bits) & 0xFFFFFFFF)
    return (np.ascontiguousarray(x, np.float32).view(np.uint32) & mask).view(np.float32)


def reduced_inputs(bits: int) -> Kernel:
    return lambda a, b: (mantissa(a, bits) @ mantissa(b, bits)).astype(a.dtype)


def reduced_result(bits: int) -> Kernel:
    return lambda a, b: mantissa(a.astype(np.float32) @ b.astype(np.float32), bits).astype(a.dtype)


def half(a: Array, b: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        return (a.astype(np.float16) @ b.astype(np.float16)).astype(a.dtype)


def half_sums(a: Array, b: Array) -> Array:
    """Products in float32, summed up in float16."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.zeros((len(a), b.shape[1]), np.float16)
        for i in range(len(b)):
            total = (total + a[:, i : i + 1] * b[i]).astype(np.float16)
        return total.astype(a.dtype)


def strassen(a: Array, b: Array) -> Array:
    """One step of Strassen's algorithm, where all sizes are even."""
    if a.shape[0] % 2 or a.shape[1] % 2 or b.shape[1] % 2:
        return np.asarray(a @ b)
    (a11, a12), (a21, a22) = (np.hsplit(h, 2) for h in np.vsplit(a, 2))
    (b11, b12), (b21, b22) = (np.hsplit(h, 2) for h in np.vsplit(b, 2))
    m1 = (a11 + a22) @ (b11 + b22)
    m2 = (a21 + a22) @ b11
    m3 = a11 @ (b12 - b22)
    m4 = a22 @ (b21 - b11)
    m5 = (a11 + a12) @ b22
    m6 = (a21 - a11) @ (b11 + b12)
    m7 = (a12 - a22) @ (b21 + b22)
    return np.block([[m1 + m4 - m5 + m7, m3 + m5], [m2 + m4, m1 - m2 + m3 + m6]])


def backwards(a: Array, b: Array) -> Array:
    return np.asarray(a[:, ::-1] @ b[::-1])


def blocked(a: Array, b: Array) -> Array:
    """Summed up in blocks of seven, as a cache-blocked kernel does."""
    parts = [a[:, i : i + 7] @ b[i : i + 7] for i in range(0, len(b), 7)]
    return np.asarray(sum(reversed(parts), np.zeros((len(a), b.shape[1]), a.dtype)))


def widened(a: Array, b: Array) -> Array:
    return (a.astype(np.float64) @ b.astype(np.float64)).astype(a.dtype)


def near_the_bound(weights: range = range(90, 128)) -> DenseLayer:
    """A layer whose sums come close to 2^24, moved into the clip so that every bit shows."""
    w = np.random.default_rng(1).choice(np.array(weights, np.int8), (512, 64))
    bias = -(505 * w.astype(np.int32).sum(0, dtype=np.int32) // 2)
    return DenseLayer(w, bias, np.zeros(64, np.int8), -(2**15), 2**15)


def high_inputs(rows: int) -> Array:
    return np.random.default_rng(rows).integers(250, 255, (rows, 512), endpoint=True)


WRONG: dict[str, Kernel] = {
    "bfloat16 result": reduced_result(7),
    "TF32 result": reduced_result(10),
    "20 bits": reduced_result(20),
    "22 bits": reduced_result(22),
    "float16": half,
    "float16 sums": half_sums,
    "Strassen": strassen,
    "off by one": lambda a, b: a @ b + 1,
    "one row wrong": lambda a, b: a @ b + (np.arange(len(a)) == len(a) - 1)[:, None],
    "not a number": lambda a, b: a @ b * np.float32(np.nan),
    "zeros": lambda a, b: np.zeros((len(a), b.shape[1]), a.dtype),
}


@pytest.mark.parametrize("weights", [range(90, 128), range(121, 128, 2), range(126, 128)])
@pytest.mark.parametrize("rows", [1, 2, 3, 64, BLOCK_ROWS])
@pytest.mark.parametrize("name", WRONG)
def test_a_kernel_that_rounds_is_found_out_and_the_result_is_exact(
    name: str, rows: int, weights: range
) -> None:
    layer, x = near_the_bound(weights), high_inputs(rows)
    network = Network([layer], (0, 255), matmul=WRONG[name])
    assert np.array_equal(network(x), exact([layer], x))
    given = WRONG[name](x.astype(np.float32), layer.weights.astype(np.float32))
    if not np.array_equal(given, x @ layer.weights.astype(np.int64)):
        assert network.arithmetic == "int64"


@pytest.mark.parametrize("bits", [7, 10])
def test_a_kernel_that_cuts_its_inputs_is_found_out(bits: int) -> None:
    rng = np.random.default_rng(0)
    layer = random_layer(rng, 8, 64, (-(2**15), 2**15), peak=127, shift=(0, 6))
    inputs = (-4095, 4095)
    x = rng.integers(*inputs, (100, 8), endpoint=True)
    network = Network([layer], inputs, matmul=reduced_inputs(bits))
    assert np.array_equal(network(x), exact([layer], x))
    assert network.arithmetic == "int64"
    heavy = random_layer(rng, 8, 64, (-(2**15), 2**15), peak=4001, shift=(0, 6))
    x = rng.integers(0, 255, (100, 8), endpoint=True)
    network = Network([heavy], (0, 255), matmul=reduced_inputs(bits))
    assert np.array_equal(network(x), exact([heavy], x))
    assert network.arithmetic == "int64"


@pytest.mark.parametrize("kernel", [backwards, blocked, widened, np.matmul])
def test_a_kernel_that_only_adds_up_in_another_order_is_trusted(kernel: Kernel) -> None:
    layer = near_the_bound()
    x = high_inputs(300)
    network = Network([layer], (0, 255), matmul=kernel)
    assert np.array_equal(network(x), exact([layer], x))
    assert network.arithmetic == "float32"


def test_a_kernel_that_fails_only_at_some_sizes_is_found_out_there() -> None:
    def kernel(a: Array, b: Array) -> Array:
        return np.asarray(a @ b if len(a) < 64 else mantissa(a @ b, 10))

    layer = near_the_bound()
    x = high_inputs(100)
    network = Network([layer], (0, 255), matmul=kernel)
    assert np.array_equal(network(x[:63]), exact([layer], x[:63]))
    assert network.arithmetic == "float32"
    assert np.array_equal(network(x), exact([layer], x))
    assert network.arithmetic == "int64"


@pytest.mark.parametrize("name", ["right", *WRONG])
def test_threads_that_find_a_kernel_wrong_together_stay_exact(name: str) -> None:
    layer = near_the_bound()
    kernel = WRONG.get(name, np.matmul)
    rows = [1, 2, 3, 64, 64, 3, 2, 1]
    inputs = [high_inputs(count) for count in rows]
    expected = [exact([layer], x) for x in inputs]
    for _ in range(5):
        network = Network([layer], (0, 255), matmul=kernel)
        with ThreadPoolExecutor(len(rows)) as pool:
            found = list(pool.map(network, inputs * 4))
        assert all(map(np.array_equal, found, expected * 4))
    assert network.arithmetic == ("float32" if name == "right" else "int64")


def test_a_switch_in_the_middle_of_a_product_is_not_seen() -> None:
    """The negative control: while one thread multiplies, another finds the kernel wrong."""
    inside, switched = Event(), Event()
    bias, shift = np.array([7], np.int32), np.array([2], np.int8)
    layer = DenseLayer(np.full((4, 1), 100, np.int8), bias, shift, -(2**15), 2**15)

    def kernel(a: Array, b: Array) -> Array:
        if waiting and len(a) == 2:
            inside.set()
            assert switched.wait(10)
        return a @ b + (len(a) == 3)  # wrong for three rows only

    waiting = False
    network = Network([layer], (0, 255), matmul=kernel)
    x = np.array([[1, 2, 3, 4], [250, 3, 2, 1]])
    expected = exact([layer], x)
    assert np.array_equal(network(x), expected)
    waiting = True
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(network, x)
        assert inside.wait(10)
        three = np.vstack([x, x[:1]])
        assert np.array_equal(network(three), exact([layer], three))
        assert network.arithmetic == "int64"
        switched.set()
        assert np.array_equal(slow.result(), expected)


def test_a_wrong_float64_kernel_is_found_out() -> None:
    rng = np.random.default_rng(0)
    layer = random_layer(rng, 64, 64, (-(2**15), 2**15), peak=32_767, shift=(0, 20))
    x = rng.integers(-(2**15), 2**15, (50, 64))
    single: Kernel = lambda a, b: (a.astype(np.float32) @ b.astype(np.float32)).astype(a.dtype)  # noqa: E731
    network = Network([layer], (-(2**15), 2**15), matmul=single)
    assert np.array_equal(network(x), exact([layer], x))
    assert network.arithmetic == "int64"


def test_one_layer_in_int64_makes_the_network_say_int64() -> None:
    rng = np.random.default_rng(0)
    layers = [random_layer(rng, 2, 512), near_the_bound()]

    def kernel(a: Array, b: Array) -> Array:
        return np.asarray(a @ b if len(b) == 2 else mantissa(a @ b, 10))

    network = Network(layers, (0, 255), matmul=kernel)
    x = rng.integers(0, 255, (10, 2), endpoint=True)
    assert np.array_equal(network(x), exact(layers, x))
    assert network.arithmetic == "int64"


@pytest.mark.parametrize("value", [-5, 0, 255])
def test_inputs_of_a_single_value_are_no_false_alarm(value: int) -> None:
    layer = one([[1, 2], [3, -4]])
    network = Network([layer], (value, value))
    x = np.full((3, 2), value)
    assert np.array_equal(network(x), exact([layer], x))
    assert network.arithmetic == "float32"


# --------------------------------------------------------------------- networks that are no good


def sound() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    return dense_arrays("net", [random_layer(rng, 3, 4), random_layer(rng, 4, 2)])


def test_sound_arrays_make_a_network() -> None:
    assert read_network(sound(), "net", (0, 255)).width_out == 2


@pytest.mark.parametrize("name", sorted(sound()))
def test_a_missing_array_is_named(name: str) -> None:
    arrays = sound()
    del arrays[name]
    with pytest.raises(InvalidModelError, match=f"{name} is missing"):
        read_network(arrays, "net", (0, 255))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("net.clips", np.zeros((0, 2), np.int32)),
        ("net.clips", np.zeros((2, 3), np.int32)),
        ("net.clips", np.zeros(4, np.int32)),
        ("net.clips", np.zeros((17, 2), np.int32)),
        ("net.clips", np.array([[0, 255], [0, 255]], np.int16)),
        ("net.clips", np.array([[1, 0], [0, 255]], np.int32)),
        ("net.clips", np.array([[0, 32_769], [0, 255]], np.int32)),
        ("net.clips", np.array([[-32_769, 0], [0, 255]], np.int32)),
        ("net.clips", np.array([[0, 2], [0, 2], [0, 2]], np.int32)),
        ("net.0.weights", np.zeros((3, 5), np.int8)),
        ("net.0.weights", np.zeros((0, 4), np.int8)),
        ("net.0.weights", np.zeros((3, 4), np.int32)),
        ("net.0.weights", np.zeros((3, 4), np.uint8)),
        ("net.0.weights", np.zeros(12, np.int8)),
        ("net.0.weights", np.zeros((MAX_WIDTH + 1, 4), np.int8)),
        ("net.1.weights", np.zeros((5, 2), np.int8)),
        ("net.0.bias", np.zeros(3, np.int32)),
        ("net.0.bias", np.zeros(4, np.int16)),
        ("net.0.bias", np.zeros((4, 1), np.int32)),
        ("net.0.shift", np.zeros(5, np.int8)),
        ("net.0.shift", np.zeros(4, np.uint8)),
        ("net.0.shift", np.array([0, 0, 0, -1], np.int8)),
        ("net.0.shift", np.array([0, 0, 0, MAX_SHIFT + 1], np.int8)),
    ],
)
def test_an_unsound_array_is_refused(name: str, array: Array) -> None:
    with pytest.raises(InvalidModelError, match=r"net|layer"):
        read_network(sound() | {name: array}, "net", (0, 255))


def test_the_widest_and_deepest_network_is_taken() -> None:
    layers = [one(np.ones((1, 1))) for _ in range(16)]
    assert Network(layers, (0, 1))(np.array([[1]])).tolist() == [[1]]
    with pytest.raises(InvalidModelError, match="1 to 16 layers"):
        Network([*layers, layers[0]], (0, 1))
    with pytest.raises(InvalidModelError, match="1 to 16 layers"):
        Network([], (0, 1))
    wide = one(np.ones((MAX_WIDTH, 1)), clip=(0, 2**15))
    assert Network([wide], (0, 1))(np.ones((2, MAX_WIDTH))).tolist() == [[4096], [4096]]


def test_take_says_what_is_there_and_what_is_needed() -> None:
    with pytest.raises(InvalidModelError, match=r"a is int8 \(3,\), not uint8 with 2 dimensions"):
        take_array({"a": np.zeros(3, np.int8)}, "a", ("uint8",), 2)
