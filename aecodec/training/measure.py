"""The figures of a trained model: bits, errors, and what a classifier makes of the images."""

from typing import Any

import keras
import numpy as np

from aecodec.datasets import Dataset, load_split_of, open_dataset
from aecodec.distortion import mse_per_image
from aecodec.errors import InvalidImageError
from aecodec.images import PIXELS, Images
from aecodec.kinds import COST_UNIT, load_coder
from aecodec.model_file import Model
from aecodec.training.arrays import to_floats
from aecodec.training.card import Errors, Figures
from aecodec.training.classifier import Classifier
from aecodec.training.data import is_keras_dataset
from aecodec.training.options import TrainingOptions
from aecodec.training.task import TrainedModel


def test_part(options: TrainingOptions) -> Dataset | None:
    """The test images that the source has of its own, if any, unless they are trained on."""
    if options.split == "test":
        return None
    if is_keras_dataset(options.source):
        (_, (images, labels)) = getattr(keras.datasets, options.source).load_data()
        test = Dataset(images, labels.astype(np.int64))
        return Dataset(np.invert(images), test.labels) if options.reading.invert else test
    try:
        data = open_dataset(options.source, options.reading)
        if "test" not in [split.name for split in data.splits]:
            return None
        return load_split_of(data, data.split("test"))
    except InvalidImageError:
        return None


def measure(
    made: TrainedModel, part: Dataset, classifier: Classifier | None
) -> tuple[Figures, Images]:
    """The figures of a set of images, and the images as decoded."""
    coder: Any = load_coder(Model(made.kind, made.arrays))  # its codes are the kind's own
    codes = coder.codes(part.images)
    bits = float(coder.costs(codes).mean()) / COST_UNIT
    if made.decode is None:
        return Figures(len(part), bits), part.images
    decoded = coder.rebuild(codes)
    floats = made.decode(codes)
    network = None
    if made.network_codes is not None:
        network = _mse(part.images, coder.rebuild(made.network_codes(part.images)))
    misclassified = None
    if classifier is not None and part.labels is not None:
        misclassified = (
            classifier.misclassified(decoded, part.labels),
            classifier.misclassified(part.images, part.labels),
        )
    errors = Errors(
        floats=float(np.mean((floats - to_floats(part.images)) ** 2)),
        integers=_mse(part.images, decoded),
        encoder=network,
        misclassified=misclassified,
    )
    return Figures(len(part), bits, errors), decoded


def figures_line(part: str, figure: Figures) -> str:
    """The figures of a set of images in a line for people."""
    text = f"{part}: {figure.bits:.1f} bits an image"
    errors = figure.errors
    if errors is None:
        return (
            f"{text}, {figure.bits / 8:.1f} bytes, {figure.bits / PIXELS:.3f} bits a pixel, "
            f"exact, on {figure.images:,} images"
        )
    text += f", MSE {errors.integers:.5f} (float {errors.floats:.5f}) on {figure.images:,} images"
    if errors.misclassified is None:
        return text
    decoded, originals = errors.misclassified
    return f"{text}; {decoded:.1%} misclassified once decoded, {originals:.1%} as originals"


def _mse(images: Images, decoded: Images) -> float:
    return float(mse_per_image(images, decoded).mean())
