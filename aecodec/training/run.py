"""`aecodec train` from data to files: split, train, export, measure, write."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from aecodec.bench.metrics import mse_per_image
from aecodec.datasets import Dataset, load_dataset
from aecodec.errors import InvalidImageError
from aecodec.images import Images
from aecodec.kinds import COST_UNIT, load_coder
from aecodec.kinds.classic import ClassicCoder
from aecodec.models import Model
from aecodec.outputs import atomic_file
from aecodec.training.card import Figures, Making, card
from aecodec.training.data import Split, load_split
from aecodec.training.export import statistics
from aecodec.training.levels import Made, make
from aecodec.training.networks import to_floats
from aecodec.training.progress import Progress
from aecodec.training.reader import Reader


@dataclass(frozen=True)
class Order:
    """What to train: see `aecodec train --help`."""

    source: str
    target: Path
    level: str
    latents: int
    epochs: int
    seed: int
    h5: bool
    overwrite: bool
    command: str


def run(order: Order, say: Callable[[str], None], progress: Progress) -> dict[str, Figures]:
    """Train, export and measure; write the model file, the float model and the card.

    Raises InvalidImageError, MissingDependencyError or OutputError.
    """
    data = load_split(order.source)
    for note in data.notes:
        say(note)
    say(f"{len(data.train):,} images to train on, {len(data.validation):,} to validate on")
    begun = time.monotonic()
    checkpoint = order.target.with_suffix(".checkpoint.npz")
    made = make(
        order.level, data.train, order.latents, order.epochs, order.seed, progress, checkpoint
    )
    minutes = (time.monotonic() - begun) / 60
    reader = None
    if data.train_labels is not None:
        reader = Reader(data.train, data.train_labels, order.seed)
    model = Model(made.kind, made.arrays)
    figures = _measure(made, data, order.source, reader)
    model = _with_statistics(model, data, figures)
    _save(order, made, model)
    making = Making(
        name=order.target.stem,
        model_id=model.id.hex(),
        model_bytes=len(model.to_bytes()),
        data=Path(order.source).name,
        train_images=len(data.train),
        validation="of each class the first tenth, at most 500 (every tenth without classes).",
        command=order.command,
        seed=order.seed,
        minutes=minutes,
        versions=f"TensorFlow {tf.__version__}, Keras {keras.__version__}, "
        f"Python {platform.python_version()}",
        structure=made.structure,
        kind=made.kind,
    )
    with atomic_file(order.target.with_suffix(".md"), overwrite=order.overwrite) as file:
        file.write(card(making, figures, data.notes).encode())
    return figures


def _with_statistics(model: Model, data: Split, figures: dict[str, Figures]) -> Model:
    extra = statistics(load_coder(model), data.validation)
    if (misread := figures["validation"].misread) is not None:
        extra["stats.misread"] = np.rint(np.array(misread) * 10_000).astype(np.uint16)
    return Model(model.kind, {**model.arrays, **extra})


def _save(order: Order, made: Made, model: Model) -> None:
    order.target.parent.mkdir(parents=True, exist_ok=True)
    made.save(order.target, order.h5)
    with atomic_file(order.target, overwrite=order.overwrite) as file:
        file.write(model.to_bytes())


def _measure(made: Made, data: Split, source: str, reader: Reader | None) -> dict[str, Figures]:
    """Measure on validation, and on the test part where the source has one of its own."""
    parts = {"validation": Dataset(data.validation, data.validation_labels)}
    if (test := _test_part(source)) is not None:
        parts["test"] = test
    return {name: _figures(made, part, reader) for name, part in parts.items()}


def _test_part(source: str) -> Dataset | None:
    place = Path(source)
    if not place.exists():
        (_, (images, labels)) = getattr(keras.datasets, source).load_data()
        return Dataset(images, labels.astype(np.int64))
    holds_test = place.is_dir() and any(place.glob("t10k-images*"))
    if place.suffix == ".npz":
        with np.load(place, allow_pickle=False) as arrays:
            holds_test = "x_test" in arrays
    try:
        return load_dataset(place, "test") if holds_test else None
    except InvalidImageError:
        return None


def _figures(made: Made, part: Dataset, reader: Reader | None) -> Figures:
    coder: Any = load_coder(Model(made.kind, made.arrays))  # its codes are the kind's own
    codes = coder.codes(part.images)
    decoded = coder.rebuild(codes)
    floats = made.decode(codes)
    network = None
    if isinstance(coder, ClassicCoder):
        network = _mse(part.images, coder.rebuild(coder.network_codes(part.images)))
    misread = None
    if reader is not None and part.labels is not None:
        misread = (reader.misread(decoded, part.labels), reader.misread(part.images, part.labels))
    return Figures(
        images=len(part),
        bits=float(coder.costs(codes).mean()) / COST_UNIT,
        floats=float(np.mean((floats - to_floats(part.images)) ** 2)),
        integers=_mse(part.images, decoded),
        encoder=network,
        misread=misread,
    )


def _mse(images: Images, decoded: Images) -> float:
    return float(mse_per_image(images, decoded).mean())
