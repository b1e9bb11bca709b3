"""What a compression did: a result for each task of a worker, added up in a report."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from aecodec.batch.failure import Failure
from aecodec.container import Chunk
from aecodec.distortion import mean_squared_error, squared_errors
from aecodec.images import Images
from aecodec.selection import Plan

MOST_SAMPLES = 8  # outliers and kept images that a worker hands back
MOST_TYPICAL = 16  # images that it hands back whatever they are


class Outlier(NamedTuple):
    """An image unlike what its model was trained on.

    Its error lies above those of 99.9 % of the model's validation images.

    Attributes:
        squared_error: The sum of squared differences, in grey levels.
        path: Its file.
        model: The name of the model that coded it.
    """

    squared_error: int
    path: str
    model: str


@dataclass
class TaskResult:
    """What a worker made of some files; the attributes are those of `CompressReport`.

    Attributes:
        chunks: The coded images, for an archive.
        splits: How many images of image files there are in each split, in their order.
        samples: Some outliers and kept images, uint8 (28, 28), with their squared errors.
        typical: Some images whatever they are, uint8 (28, 28).
    """

    sources: int = 0
    images: int = 0
    squared_error: int = 0
    worst: tuple[int, str] = (-1, "")
    models: Counter[str] = field(default_factory=Counter)
    outliers: int = 0
    kept: int = 0
    worst_outlier: Outlier | None = None
    failures: list[Failure] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    present: int = 0
    source_bytes: int = 0
    file_bytes: int = 0
    payload_bytes: int = 0
    chunks: list[Chunk] = field(default_factory=list)
    splits: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[Images, int]] = field(default_factory=list)
    typical: list[Images] = field(default_factory=list)

    def count(
        self, plan: Plan, chunk: Chunk, images: Images, decoded: Images, paths: list[str]
    ) -> None:
        """Count the images of a chunk that `plan` coded, each with the path of its file."""
        codecs = {number: plan.codec(number) for number in set(chunk.models)}
        errors = squared_errors(images, decoded).tolist()
        owners = chunk.owners
        models = [codecs[number].name for number in owners]
        self.models.update(models)
        self.payload_bytes += sum(map(len, chunk.payloads))
        self.images += len(errors)
        self.squared_error += sum(errors)
        self.worst = max([self.worst, *zip(errors, paths, strict=True)])
        self.typical += [*spread(images, MOST_TYPICAL - len(self.typical))]
        if plan.bound is not None:
            return
        self.kept += sum(number >= len(plan.models) for number in owners)
        for image, error, path, owner in zip(images, errors, paths, owners, strict=True):
            outlier = codecs[owner].is_outlier(error)
            if outlier:
                self.outliers += 1
                unlike = Outlier(error, path, codecs[owner].name)
                self.worst_outlier = _worse(self.worst_outlier, unlike)
            if (outlier or owner >= len(plan.models)) and len(self.samples) < MOST_SAMPLES:
                self.samples.append((image.copy(), error))  # not the whole chunk


@dataclass
class CompressReport:
    """What a compression did.

    Attributes:
        output: The archive, or the folder of results; `-` is standard output. Empty where
            several results stand beside their inputs.
        outputs: The files that were written, or were there already.
        present: How many of them were there already, with the very same bytes.
        sources: How many files the images come from.
        images: How many images were coded.
        source_bytes: The size of the files that they come from.
        file_bytes: The size of the results.
        payload_bytes: How much of that is coded images, not container.
        squared_error: The sum of squared differences of all images, in grey levels.
        worst: The largest squared error of an image, and the path of its file.
        outliers: How many images are unlike what their model was trained on: worse than 99.9 % of
            its validation images.
        kept: How many images no model knows, which are kept exactly.
        worst_outlier: The worst of them, or None.
        inverted: Whether most outliers and kept images fit far better inverted.
        transposed: Whether images fit far better with rows and columns swapped.
        models: How many images each model coded.
        plan: What chose the models.
        failures: Inputs that could not be read and results that could not be written.
        others: Files in folders that are no images.
        unentered: Folders in folders that were not entered.
        loops: Links that lead back to a folder above them, which were not followed.
        notes: What of a data set was not kept, or joined, a sentence each.
        splits: How many images of image files there are in each split, in their order.
    """

    output: str
    outputs: list[str] = field(default_factory=list)
    present: int = 0
    sources: int = 0
    images: int = 0
    source_bytes: int = 0
    file_bytes: int = 0
    payload_bytes: int = 0
    squared_error: int = 0
    worst: tuple[int, str] = (-1, "")
    outliers: int = 0
    kept: int = 0
    worst_outlier: Outlier | None = None
    inverted: bool = False
    transposed: bool = False
    models: Counter[str] = field(default_factory=Counter)
    plan: Plan | None = None
    failures: list[Failure] = field(default_factory=list)
    others: int = 0
    unentered: int = 0
    loops: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    splits: Counter[str] = field(default_factory=Counter)

    @property
    def mse(self) -> float:
        """Mean squared error a pixel on the [0, 1] scale."""
        return mean_squared_error(self.squared_error, self.images)

    def add(self, result: "TaskResult | CompressReport") -> None:
        """Add the result of a task, or the counts of another report."""
        self.images += result.images
        self.squared_error += result.squared_error
        self.outputs += result.outputs
        self.present += result.present
        self.sources += result.sources
        self.source_bytes += result.source_bytes
        self.file_bytes += result.file_bytes
        self.payload_bytes += result.payload_bytes
        self.worst = max(self.worst, result.worst)
        self.outliers += result.outliers
        self.worst_outlier = _worse(self.worst_outlier, result.worst_outlier)
        self.models.update(result.models)
        self.splits.update(result.splits)
        self.kept += result.kept
        self.failures += result.failures


def spread(images: Images, most: int) -> Images:
    """At most so many images, evenly spread over those given."""
    count = min(most, len(images))
    chosen: Images = images[np.linspace(0, len(images) - 1, count).astype(int)]
    return chosen


def _worse(a: Outlier | None, b: Outlier | None) -> Outlier | None:
    found = [outlier for outlier in (a, b) if outlier]
    return max(found, key=lambda o: (o.squared_error, o.path), default=None)
