"""What a compression works on: files, by which plan and how, and the loop over them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from aecodec.batch.coding import Coding
from aecodec.batch.elsewhere import CodedPart, elsewhere
from aecodec.batch.inversion import MOST, looks_inverted
from aecodec.batch.parallel import ordered_map
from aecodec.batch.progress import Progress
from aecodec.batch.reading import FileTask, Reading, file_tasks
from aecodec.batch.reports import CompressReport, TaskResult
from aecodec.batch.sources import Sources
from aecodec.batch.stdio import STDIO
from aecodec.batch.transposition import Typical, looks_transposed
from aecodec.codec import CHUNK_IMAGES
from aecodec.errors import InvalidArgumentError
from aecodec.files import absolute
from aecodec.images import Images
from aecodec.selection import Plan

UNLIKELY = 0.02  # of transposed digits a sixth is unknown


@dataclass(frozen=True)
class CompressWork:
    """Files to compress; the attributes are the arguments of `compress.compress_sources`."""

    sources: Sources
    plan: Plan
    reading: Reading
    overwrite: bool
    jobs: int
    progress: Progress | None
    _outliers: list[tuple[Images, int]] = field(default_factory=list)
    _typical: Typical = field(default_factory=Typical)

    def results(
        self, function: Callable[[FileTask], TaskResult], report: CompressReport
    ) -> Iterator[TaskResult]:
        """Do all tasks in their order, and count each in once it was taken."""
        place = elsewhere()
        if place is None:
            results = ordered_map(function, *self._todo())
        elif isinstance(function, Coding) and report.output != STDIO:
            coded = place.code(function, self.sources, self._size, parts_folder(report.output))
            results = (result for part in coded for result in part.results)
        else:
            raise InvalidArgumentError("A cluster writes one archive: -o x.aez, or in parts: -o x/")
        for result in results:
            yield result
            self._count(result, report)
        self._look_at(report)

    def parts(self, coding: Coding, report: CompressReport) -> Iterator[CodedPart]:
        """Let a cluster do all tasks, and leave the parts in the folder of the results."""
        place = elsewhere()
        if place is None:
            raise InvalidArgumentError("An archive in parts is made by a cluster: see --scheduler")
        for part in place.code(coding, self.sources, self._size, report.output):
            yield part
            for result in part.results:
                self._count(result, report)
        self._look_at(report)

    @property
    def _size(self) -> int:
        """How many images a task has: full chunks."""
        return CHUNK_IMAGES // self.plan.chunk_images * self.plan.chunk_images

    def _todo(self) -> tuple[Iterator[FileTask], int]:
        """The tasks, and how many workers to use."""
        if (data := self.sources.data) is not None:
            return data.tasks(self._size), self.jobs
        tasks = -(-len(self.sources) // self._size)
        return file_tasks(self.sources, self._size), min(self.jobs, tasks)

    def _count(self, result: TaskResult, report: CompressReport) -> None:
        report.add(result)
        self._outliers.extend(result.samples[: MOST - len(self._outliers)])
        if result.typical:
            self._typical.add(np.stack(result.typical))
        if self.progress:
            self.progress(result.sources + len(result.failures))

    def _look_at(self, report: CompressReport) -> None:
        """Find out whether images would fit far better inverted, or transposed."""
        report.inverted = not self.reading.invert and looks_inverted(self.plan, self._outliers)
        unknown = report.kept + report.outliers
        if self.plan.keep and unknown < UNLIKELY * report.images:
            return  # the models that are taken unasked know them as they are
        asked = not self.reading.transpose and not report.inverted
        report.transposed = asked and looks_transposed(self.plan, self._typical.sample())


def parts_folder(target: str) -> str:
    """Where a cluster leaves the parts of an archive, until they are joined."""
    return f"{absolute(target)}.parts"
