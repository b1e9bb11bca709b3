"""From a task to an exact model: of originals where the images have them, else of pixels."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from aecodec.images import SIDE
from aecodec.kinds.scan import Resampling
from aecodec.training.context_fit import Fitted, Networks, fit, some
from aecodec.training.pixels import PixelsConfig, train_pixels
from aecodec.training.scan import network
from aecodec.training.scan.config import ScanConfig
from aecodec.training.scan.contexts import BitContexts, Bits, make_window
from aecodec.training.scan.export import export_bits, export_resampling, export_sizes
from aecodec.training.scan.originals import (
    COUNTED,
    find_originals,
    find_resampling,
)
from aecodec.training.scan.patterns import count_patterns, start_patterns
from aecodec.training.task import TrainedModel, TrainingTask

DEFAULT = ScanConfig()
BESIDE = PixelsConfig(width=112, flat_width=32)  # few images need these networks
EPOCHS = 3 / 4  # of those of the networks of pixels, shared by the orders of bits
LEAST_ORIGINALS = 50


def train_exact(
    task: TrainingTask,
    config: ScanConfig = DEFAULT,
    greys: PixelsConfig = PixelsConfig(),  # noqa: B008 - frozen
    beside: PixelsConfig = BESIDE,
) -> TrainedModel:
    """Train the level that keeps images exactly.

    Whether the images were reduced from black-and-white originals is found out first, on a
    sample. Networks of pixels (`greys`) are trained in any case; beside those of bits smaller
    ones (`beside`) do, for the images without an original.
    """
    task.progress.busy("looking for black-and-white originals in a sample")
    resampling = find_resampling(task.images)
    if resampling is None:
        return train_pixels(task, greys)
    patterns, originals, held = _originals(task, resampling)
    if len(_some(originals)) < LEAST_ORIGINALS:
        return train_pixels(task, greys)
    pixels = train_pixels(task.within("pixels"), beside)
    stage = replace(task.within("bits"), epochs=math.ceil(EPOCHS * task.epochs / config.orders))
    fitted = fit_bits(stage, resampling, _some(originals), _some(held), config)
    window = make_window(config)
    arrays = {
        **pixels.arrays,
        **export_resampling(resampling),
        **export_sizes(
            [0 if bits is None else len(bits) for bits in originals], resampling, config.orders
        ),
        **export_bits(fitted.weights, _some(originals), window, config.orders),
        "encoder.patterns": patterns,
    }
    sizes = "-".join(map(str, (len(window.offsets), config.width, config.width, 1)))
    small = "-".join(map(str, (len(window.offsets), config.flat_width, config.flat_width, 1)))

    def save(target: Path, h5: bool) -> None:
        pixels.save(target, h5)
        np.savez(target.with_suffix(".bits.npz"), allow_pickle=False, **fitted.weights)

    return TrainedModel(
        "scan",
        arrays,
        None,
        save,
        f"Black-and-white originals, whose bits are coded by dense {sizes}, relu, and in flat "
        f"contexts dense {small}. {pixels.structure}",
        (*_notes(originals, resampling), *pixels.notes),
    )


def fit_bits(
    task: TrainingTask,
    resampling: Resampling,
    originals: Sequence[Bits],
    held: Sequence[Bits],
    config: ScanConfig,
) -> Fitted:
    """Train the networks of bits in floats."""
    window = make_window(config)
    start = network.start_weights(window, config, resampling.largest + 1, task.seed)
    networks = Networks(network.NAMES, start, (network.edge_bits, network.flat_bits))
    data, few = (
        BitContexts(bits, window, config.orders)
        for bits in (originals, some(held, config.validation_images))
    )
    return fit(task, config, networks, data, few)


def _originals(
    task: TrainingTask, resampling: Resampling
) -> tuple[Bits, list[Bits | None], list[Bits | None]]:
    """The costs of patterns, and the originals of the training and the validation images."""
    first = find_originals(
        task.images[:COUNTED], resampling, start_patterns(), task.within("sample").checkpoint,
        task.progress,
    )  # fmt: skip
    patterns = count_patterns(_some(first), resampling)
    everything = np.concatenate([task.images, task.validation]).reshape(-1, SIDE, SIDE)
    checkpoint = task.within("originals").checkpoint
    found = find_originals(everything, resampling, patterns, checkpoint, task.progress)
    return patterns, found[: len(task.images)], found[len(task.images) :]


def _some(originals: Sequence[Bits | None]) -> list[Bits]:
    return [bits for bits in originals if bits is not None]


def _notes(originals: Sequence[Bits | None], resampling: Resampling) -> tuple[str, ...]:
    share = len(_some(originals)) / len(originals)
    return (
        f"{share:.2%} of the training images have a black-and-white original that gives their "
        f"every pixel; box {resampling.box}, shrink {resampling.shrink / 1000}, rounding "
        f"{resampling.rounding}.",
    )
