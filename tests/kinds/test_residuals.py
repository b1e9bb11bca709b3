import numpy as np
import pytest
from drawn import DRAWN
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from loops import WAYS, running
from numpy.typing import NDArray
from reference import FIXED, RESIDUALS, decode_payload

from aecodec.errors import CorruptFileError
from aecodec.kinds.residuals import RESIDUALS_ID, ResidualsCoder
from aecodec.kinds.residuals.predictors import PREDICTORS, Canvas, Predictor

Images = NDArray[np.uint8]
CODER = ResidualsCoder({})
pytestmark = pytest.mark.usefixtures("way_of_loops")
IMAGES = hnp.arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28)))


@given(IMAGES)
def test_images_come_back_exactly(images: Images) -> None:
    assert np.array_equal(CODER.decode(CODER.encode(images), len(images)), images)


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_images_come_back_and_cost_no_more_than_was_said(name: str) -> None:
    image = DRAWN[name][None]
    payload = CODER.encode(image)
    assert np.array_equal(CODER.decode(payload, 1), image)
    assert len(payload) < 1.01 * CODER.costs(image)[0] / 2048 + 2


@pytest.mark.parametrize("way", WAYS[1:])
def test_all_ways_price_and_code_images_alike(way: str) -> None:
    images = np.stack(list(DRAWN.values()))
    chosen = images if way == "compiled" else images[:3]  # Python takes long
    with running("plain"):
        costs, payload = CODER.costs(chosen).tolist(), CODER.encode(chosen)
    with running(way):
        assert CODER.costs(chosen).tolist() == costs
        assert CODER.encode(chosen) == payload
        assert np.array_equal(CODER.decode(payload, len(chosen)), chosen)


@given(st.data())
def test_all_ways_judge_damaged_payloads_alike(data: st.DataObject) -> None:
    images = np.stack(list(DRAWN.values()))[:2]
    payload = bytearray(CODER.encode(images))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    del payload[data.draw(st.integers(0, len(payload))) :]
    verdicts = []
    for way in WAYS[:2]:
        with running(way):
            try:
                verdicts.append(CODER.decode(bytes(payload), 2).tolist())
            except CorruptFileError as error:
                verdicts.append(str(error))
    assert verdicts[0] == verdicts[1]


def test_the_reference_decodes_the_same() -> None:
    images = np.stack(list(DRAWN.values()))
    decoded = decode_payload(FIXED[RESIDUALS], CODER.encode(images), len(images))
    assert decoded == [image.tobytes() for image in images]
    assert RESIDUALS_ID == RESIDUALS


@given(IMAGES)
def test_each_predictor_sees_only_what_comes_before(images: Images) -> None:
    """The last pixel changes no residual but its own."""
    other = images.copy()
    other[:, -1, -1] ^= 255
    for predictor in PREDICTORS:
        before, after = (Canvas(each).residuals(predictor) for each in (images, other))
        assert np.array_equal(before.reshape(-1, 784)[:, :-1], after.reshape(-1, 784)[:, :-1])


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_residuals_give_their_pixels_back(predictor: Predictor) -> None:
    images = np.random.default_rng(5).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    canvas = Canvas(np.zeros_like(images))
    canvas.fill(predictor, Canvas(images).residuals(predictor))
    assert np.array_equal(canvas.images(), images)


@given(st.binary(max_size=40), st.integers(1, 2))
def test_other_bytes_are_refused_or_are_what_the_encoder_could_write(
    payload: bytes, count: int
) -> None:
    try:
        images = CODER.decode(payload, count)
    except CorruptFileError:
        return
    assert images.shape == (count, 28, 28)


def test_a_payload_longer_than_images_can_be_is_refused_at_once() -> None:
    with pytest.raises(CorruptFileError, match="1 images take no 5000 bytes"):
        CODER.decode(bytes(5000), 1)
