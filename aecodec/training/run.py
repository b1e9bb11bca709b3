"""`aecodec train` from data to files: train, export, measure, write, and report."""

import hashlib
import platform
import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from aecodec.batch.sinks import atomic_file, make_folder
from aecodec.datasets import Dataset, load_dataset
from aecodec.distortion import mse_per_image
from aecodec.errors import InvalidImageError, OutputError
from aecodec.images import Images
from aecodec.kinds import COST_UNIT, load_coder
from aecodec.kinds.classic import ClassicCoder
from aecodec.model_file import Model
from aecodec.training.arrays import to_floats
from aecodec.training.card import Figures, Making, card
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classifier import Reader
from aecodec.training.data import Split, is_keras_dataset
from aecodec.training.levels import Made, make
from aecodec.training.progress import Progress
from aecodec.training.schedule import default_epochs
from aecodec.training.statistics import validation_statistics

Say = Callable[[str], None]
Display = Callable[[str], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class Order:
    """What to train: see `aecodec train --help`.

    targets: the model file of each level; epochs: for all of them, or None.
    """

    source: str
    targets: Mapping[str, Path]
    latents: int
    epochs: int | None
    seed: int
    kl_weight: float | None
    linear_only: bool
    invert: bool
    h5: bool
    overwrite: bool
    command: str


def run(order: Order, data: Split, say: Say, display: Display) -> None:
    """Train, export and measure each level; write the model file, the float model and the card.

    display: opens the progress of a level. Raises OutputError, also for a checkpoint of another
    training, before anything is trained.
    """
    workshop = Workshop(order, data)
    checkpoints = {level: workshop.checkpoint(level) for level in order.targets}
    for level, checkpoint in checkpoints.items():
        if checkpoint.path.exists():
            say(f"{checkpoint.path}: going on from there")
        try:
            with display(level) as progress:
                lines = workshop.build(level, checkpoint, progress)
        except KeyboardInterrupt:
            if checkpoint.path.exists():
                say(f"{checkpoint.path}: keeps what is done; {_how_to_go_on(order, level)}")
            raise
        for line in lines:
            say(line)


def _how_to_go_on(order: Order, level: str) -> str:
    levels = list(order.targets)
    if level == levels[0]:
        return "the same command goes on from there"
    rest = " ".join(f"--level {name}" for name in levels[levels.index(level) :])
    return f"the same command with {rest} goes on from there"


@dataclass
class Workshop:
    """Where the levels of one order are made from the same data."""

    order: Order
    data: Split

    def checkpoint(self, level: str) -> Checkpoint:
        """The checkpoint of a level; one of another training is refused, or removed if forced."""
        order = self.order
        purpose = {
            "level": level,
            "data": self._fingerprint,
            "latents": order.latents,
            "epochs": self._epochs(level),
            "seed": order.seed,
            "KL weight": order.kl_weight,
            "linear": order.linear_only,
            "TensorFlow": tf.__version__,
        }
        target = order.targets[level]
        make_folder(target.parent)
        checkpoint = Checkpoint(target.with_suffix(".checkpoint.npz"), purpose)
        try:
            checkpoint.load()
        except OutputError:
            if not order.overwrite:
                raise
            checkpoint.clear()
        return checkpoint

    def build(self, level: str, checkpoint: Checkpoint, progress: Progress) -> list[str]:
        """Make one level and its files; report it in lines for people."""
        order, data = self.order, self.data
        begun = time.monotonic()
        made = make(
            level,
            data.train,
            order.latents,
            self._epochs(level),
            order.seed,
            progress,
            checkpoint,
            validation=data.validation,
            kl_weight=order.kl_weight,
            linear_only=order.linear_only,
        )
        minutes = (time.monotonic() - begun) / 60
        results = {name: _measure(made, part, self._reader) for name, part in self._parts.items()}
        figures = {name: figure for name, (figure, _) in results.items()}
        model = _with_statistics(made, data, *results["validation"])
        making = self._making(level, made, model, minutes)
        self._write(level, made, model, card(making, figures, (*data.notes, *made.notes)))
        checkpoint.clear()
        return [
            f"{order.targets[level]}: trained in {minutes:.1f} minutes; its float model and "
            "card stand beside it",
            *(_line(part, figure) for part, figure in figures.items()),
            *made.notes,
            f"Use it: {making.use}",
        ]

    def _epochs(self, level: str) -> int:
        return self.order.epochs or default_epochs(level, len(self.data.train))

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for images in (self.data.train, self.data.validation):
            digest.update(images.tobytes())
        count = len(self.data.train) + len(self.data.validation)
        return f"{count:,} images {digest.hexdigest()[:16]}"

    @cached_property
    def _reader(self) -> Reader | None:
        labels = self.data.train_labels
        return None if labels is None else Reader(self.data.train, labels, self.order.seed)

    @cached_property
    def _parts(self) -> dict[str, Dataset]:
        """The validation images, and the test part where the source has one of its own."""
        parts = {"validation": Dataset(self.data.validation, self.data.validation_labels)}
        test = _test_part(self.order)
        return parts if test is None else {**parts, "test": test}

    def _making(self, level: str, made: Made, model: Model, minutes: float) -> Making:
        target = self.order.targets[level]
        return Making(
            name=target.stem,
            model_id=model.id.hex(),
            model_bytes=len(model.to_bytes()),
            data=Path(self.order.source).name,
            train_images=len(self.data.train),
            validation="of each class the first tenth, at most 500 (every tenth without classes).",
            command=self.order.command,
            use=shlex.join(
                ["aecodec", "compress", "IMAGES", "-o", "images.aez", "--model", str(target)]
            ),
            seed=self.order.seed,
            minutes=minutes,
            versions=f"TensorFlow {tf.__version__}, Keras {keras.__version__}, "
            f"Python {platform.python_version()}",
            structure=made.structure,
            kind=made.kind,
        )

    def _write(self, level: str, made: Made, model: Model, text: str) -> None:
        target = self.order.targets[level]
        made.save(target, self.order.h5)
        for path, content in (
            (target, model.to_bytes()),
            (target.with_suffix(".md"), text.encode()),
        ):
            with atomic_file(path, overwrite=self.order.overwrite) as file:
                file.write(content)


def _with_statistics(made: Made, data: Split, figures: Figures, decoded: Images) -> Model:
    extra = validation_statistics(data.validation, decoded)
    if figures.misread is not None:
        extra["stats.misread"] = np.rint(np.array(figures.misread) * 10_000).astype(np.uint16)
    return Model(made.kind, {**made.arrays, **extra})


def _test_part(order: Order) -> Dataset | None:
    if is_keras_dataset(order.source):
        (_, (images, labels)) = getattr(keras.datasets, order.source).load_data()
        test = Dataset(images, labels.astype(np.int64))
        return Dataset(np.invert(images), test.labels) if order.invert else test
    place = Path(order.source)
    holds_test = place.is_dir() and any(place.glob("t10k-images*"))
    if place.suffix == ".npz":
        with np.load(place, allow_pickle=False) as arrays:
            holds_test = "x_test" in arrays
    try:
        return load_dataset(place, "test", invert=order.invert) if holds_test else None
    except InvalidImageError:
        return None


def _measure(made: Made, part: Dataset, reader: Reader | None) -> tuple[Figures, Images]:
    """The figures of a set of images, and the images as decoded."""
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
    figures = Figures(
        images=len(part),
        bits=float(coder.costs(codes).mean()) / COST_UNIT,
        floats=float(np.mean((floats - to_floats(part.images)) ** 2)),
        integers=_mse(part.images, decoded),
        encoder=network,
        misread=misread,
    )
    return figures, decoded


def _line(part: str, figure: Figures) -> str:
    text = (
        f"{part}: {figure.bits:.1f} bits an image, MSE {figure.integers:.5f} "
        f"(float {figure.floats:.5f}) on {figure.images:,} images"
    )
    if figure.misread is None:
        return text
    decoded, originals = figure.misread
    return f"{text}; {decoded:.1%} misread once decoded, {originals:.1%} as they were"


def _mse(images: Images, decoded: Images) -> float:
    return float(mse_per_image(images, decoded).mean())
