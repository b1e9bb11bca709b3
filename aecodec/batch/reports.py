"""What a compression did: counted by workers in parts, added up in a report."""

from collections import Counter
from dataclasses import dataclass, field

from aecodec.batch.failure import Failure
from aecodec.container import Chunk
from aecodec.distortion import mean_squared_error, squared_errors
from aecodec.images import Images
from aecodec.selection import Contest, Plan


@dataclass
class Part:
    """What a worker made of a task.

    errors: sums of squares in grey levels; models: the models' names; strange: whether the error
    lies above 99.9 % of the model's validation images; all three one an image.
    """

    paths: list[str] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    strange: list[bool] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    contest: Contest = field(default_factory=Contest)
    plans: set[int] = field(default_factory=set)
    source_bytes: int = 0
    file_bytes: int = 0
    payload_bytes: int = 0
    chunk: Chunk | None = None

    def count(self, plan: Plan, chunk: Chunk, images: Images, decoded: Images) -> None:
        """Count the images of a chunk that `plan` coded."""
        codecs = plan.codecs()
        names = [*(codec.name for codec in codecs), "stored"]
        errors = squared_errors(images, decoded).tolist()
        several = len(chunk.models) > 1
        self.models += [names[n] for n in (chunk.models if several else chunk.models * chunk.count)]
        self.payload_bytes += sum(map(len, chunk.payloads))
        self.errors += errors
        bounded = plan.bound is not None
        self.strange += [not bounded and codecs[0].is_unusual(error) for error in errors]


@dataclass
class CompressReport:
    """What a compression did: sizes in bytes, errors as sums of squares in grey levels.

    worst: the largest error and its path; unusual: images worse than 99.9 % of the model's
    validation images; strangest: error, path and model of the worst of them; models: how many
    images each model coded; plans: by what; contest: what decided between families.
    """

    output: str
    images: int = 0
    source_bytes: int = 0
    file_bytes: int = 0
    payload_bytes: int = 0
    squared_error: int = 0
    worst: tuple[int, str] = (-1, "")
    unusual: int = 0
    strangest: tuple[int, str, str] = (-1, "", "")
    models: Counter[str] = field(default_factory=Counter)
    plans: list[Plan] = field(default_factory=list)
    contest: Contest = field(default_factory=Contest)
    failures: list[Failure] = field(default_factory=list)

    @property
    def mse(self) -> float:
        """Mean squared error a pixel on the [0, 1] scale."""
        return mean_squared_error(self.squared_error, self.images)

    def add(self, part: Part) -> None:
        """Count the images of one part."""
        self.models.update(part.models)
        self.images += len(part.paths)
        self.source_bytes += part.source_bytes
        self.file_bytes += part.file_bytes
        self.payload_bytes += part.payload_bytes
        self.failures += part.failures
        self.contest.add(part.contest)
        self.squared_error += sum(part.errors)
        self.unusual += sum(part.strange)
        triples = list(zip(part.errors, part.paths, part.models, strict=True))
        self.worst = max([self.worst, *((error, path) for error, path, _ in triples)])
        strange = [triple for triple, odd in zip(triples, part.strange, strict=True) if odd]
        self.strangest = max([self.strangest, *strange])
