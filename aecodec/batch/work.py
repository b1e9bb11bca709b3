"""What a compression works on: files, by which plan and how, and the loop over them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from aecodec.batch.coding import Coding
from aecodec.batch.elsewhere import elsewhere
from aecodec.batch.inversion import looks_inverted
from aecodec.batch.parallel import ordered_map
from aecodec.batch.progress import Progress
from aecodec.batch.reading import FileTask, Reading, file_tasks
from aecodec.batch.reports import CompressReport, TaskResult
from aecodec.batch.sources import Sources
from aecodec.batch.stdio import STDIO
from aecodec.codec import CHUNK_IMAGES
from aecodec.errors import InvalidArgumentError
from aecodec.images import Images
from aecodec.selection import Plan


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

    def results(
        self, function: Callable[[FileTask], TaskResult], report: CompressReport
    ) -> Iterator[TaskResult]:
        """Do all tasks in their order, and count each in once it was taken."""
        data = self.sources.data
        size = CHUNK_IMAGES // self.plan.chunk_images * self.plan.chunk_images  # of full chunks
        tasks = -(-len(self.sources) // size)
        jobs = self.jobs if data else min(self.jobs, tasks)
        todo = data.tasks(size) if data else file_tasks(self.sources, size)
        place = elsewhere()
        if place is None:
            results = ordered_map(function, todo, jobs)
        elif isinstance(function, Coding) and report.output != STDIO:
            results = place.code(function, self.sources, size, report.output)
        else:
            raise InvalidArgumentError("A cluster writes one archive: name it with -o x.aez")
        for result in results:
            yield result
            report.add(result)
            self._outliers.extend(result.samples)
            if self.progress:
                self.progress(result.sources + len(result.failures))
        report.inverted = not self.reading.invert and looks_inverted(self.plan, self._outliers)
