"""`aecodec train` from data to files: train, export, measure, write, and report."""

import hashlib
import platform
import shlex
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from aecodec.batch import atomic_file, make_folder
from aecodec.datasets import Dataset
from aecodec.errors import CheckpointError
from aecodec.images import Images
from aecodec.model_file import Model
from aecodec.training.card import Figures, Making, card
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.classifier import Classifier
from aecodec.training.data import Split
from aecodec.training.measure import figures_line, measure, test_part
from aecodec.training.options import TrainingOptions
from aecodec.training.progress import Display, Progress, Say
from aecodec.training.statistics import validation_statistics
from aecodec.training.task import TrainedModel, TrainingTask
from aecodec.training.trainers import train_level


def run(options: TrainingOptions, data: Split, say: Say, display: Display) -> None:
    """Train, export and measure each level; see `training.train`."""
    session = Session(options, data)
    checkpoints = {level: session.checkpoint(level) for level in options.targets}
    for level, checkpoint in checkpoints.items():
        if checkpoint.path.exists():
            say(f"{checkpoint.path}: going on from there")
        try:
            with display(level) as progress:
                lines = session.build(level, checkpoint, progress)
        except KeyboardInterrupt:
            if checkpoint.path.exists():
                say(f"{checkpoint.path}: keeps what is done; {_how_to_go_on(options, level)}")
            raise
        for line in lines:
            say(line)


def _how_to_go_on(options: TrainingOptions, level: str) -> str:
    levels = list(options.targets)
    if level == levels[0]:
        return "the same command goes on from there"
    rest = " ".join(f"--level {name}" for name in levels[levels.index(level) :])
    return f"the same command with {rest} goes on from there"


@dataclass
class Session:
    """The training of several levels on the same data."""

    options: TrainingOptions
    data: Split

    def checkpoint(self, level: str) -> Checkpoint:
        """The checkpoint of a level; that of another training is refused, or removed if forced."""
        options = self.options
        purpose = {
            "level": level,
            "data": self._fingerprint,
            "latents": options.latents,
            "epochs": self._epochs(level),
            "seed": options.seed,
            "KL weight": options.kl_weight,
            "linear": options.linear,
            "few greys": options.few_greys,
            "TensorFlow": tf.__version__,
        }
        target = options.targets[level]
        make_folder(target.parent)
        checkpoint = Checkpoint(target.with_suffix(".checkpoint.npz"), purpose)
        try:
            checkpoint.load()
        except CheckpointError:
            if not options.overwrite:
                raise
            checkpoint.clear()
        return checkpoint

    def build(self, level: str, checkpoint: Checkpoint, progress: Progress) -> list[str]:
        """Make one level and its files; report it in lines for people."""
        options, data = self.options, self.data
        begun = time.monotonic()
        made = train_level(
            TrainingTask(
                level,
                data.train,
                data.validation,
                self._epochs(level),
                options.seed,
                progress,
                checkpoint,
                options.latents,
                options.kl_weight,
                options.linear,
                options.few_greys,
            )
        )
        minutes = (time.monotonic() - begun) / 60
        progress.busy("measuring what the model makes of validation and test images")
        classifier = None if made.decode is None else self._classifier
        results = {name: measure(made, part, classifier) for name, part in self._parts.items()}
        figures = {name: figure for name, (figure, _) in results.items()}
        model = with_statistics(made, data, *results["validation"])
        making = self._making(level, made, model, minutes)
        self._write(level, made, model, card(making, figures, (*data.notes, *made.notes)))
        checkpoint.clear()
        return [
            f"{options.targets[level]}: trained in {minutes:.1f} minutes; its float model and "
            "card stand beside it",
            *(figures_line(part, figure) for part, figure in figures.items()),
            *made.notes,
            f"Use it: {making.use}",
        ]

    def _epochs(self, level: str) -> int:
        return self.options.epochs_of(level, len(self.data.train))

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for images in (self.data.train, self.data.validation):
            digest.update(images.tobytes())
        count = len(self.data.train) + len(self.data.validation)
        return f"{count:,} images {digest.hexdigest()[:16]}"

    @cached_property
    def _classifier(self) -> Classifier | None:
        labels = self.data.train_labels
        if labels is None or self.options.few_greys:  # of images of many sorts
            return None
        return Classifier(self.data.train, labels, self.options.seed)

    @cached_property
    def _parts(self) -> dict[str, Dataset]:
        """The validation images, and the test part where the source has one of its own."""
        parts = {"validation": Dataset(self.data.validation, self.data.validation_labels)}
        test = test_part(self.options)
        return parts if test is None else {**parts, "test": test}

    def _making(self, level: str, made: TrainedModel, model: Model, minutes: float) -> Making:
        target = self.options.targets[level]
        return Making(
            name=target.stem,
            model_id=model.id.hex(),
            model_bytes=len(model.to_bytes()),
            data=Path(self.options.source).name,
            train_images=len(self.data.train),
            validation=f"{self.data.held_out}.",
            command=self.options.command,
            use=shlex.join(
                ["aecodec", "compress", "IMAGES", "-o", "images.aez", "--model", str(target)]
            ),
            seed=self.options.seed,
            minutes=minutes,
            versions=f"TensorFlow {tf.__version__}, Keras {keras.__version__}, "
            f"Python {platform.python_version()}",
            structure=made.structure,
            kind=made.kind,
        )

    def _write(self, level: str, made: TrainedModel, model: Model, text: str) -> None:
        target = self.options.targets[level]
        with tempfile.TemporaryDirectory(prefix="aecodec-") as folder:
            made.save(Path(folder, target.name), self.options.h5)
            floats = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        rest = {target.name: model.to_bytes(), target.with_suffix(".md").name: text.encode()}
        for name, content in (floats | rest).items():
            with atomic_file(target.with_name(name), overwrite=self.options.overwrite) as file:
                file.write(content)


def with_statistics(made: TrainedModel, data: Split, figures: Figures, decoded: Images) -> Model:
    """The model, and where it is lossy what it makes of the validation images (see `measure`)."""
    if figures.errors is None:
        return Model(made.kind, made.arrays)
    extra = validation_statistics(data.validation, decoded)
    if figures.errors.misclassified is not None:
        shares = np.array(figures.errors.misclassified)
        extra["stats.misread"] = np.rint(shares * 10_000).astype(np.uint16)
    return Model(made.kind, {**made.arrays, **extra})
