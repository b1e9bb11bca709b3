"""Images of one task coded as the chunks of an archive."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aecodec.batch.reading import FileTask, ReadFile, Reading, read_task
from aecodec.batch.reports import TaskResult
from aecodec.container import Label
from aecodec.selection import Plan


@dataclass(frozen=True)
class Coding:
    """Codes the images of a task for an archive; small enough to hand to another process.

    Attributes:
        plan: Chooses the model of each image.
        reading: How files are read.
        named: Whether the archive keeps names.
    """

    plan: Plan
    reading: Reading
    named: bool

    def __call__(self, task: FileTask) -> TaskResult:
        """Read and code one task. Files that cannot be read are among the result's failures."""
        plan, named = self.plan, self.named
        files, images, failures = read_task(task, self.reading, named=named)
        result = TaskResult(
            sources=len(files), failures=failures, source_bytes=sum(file.size for file in files)
        )
        names = [name for file in files for name in file.names]
        paths = [file.path for file in files for _ in range(file.images)]
        labels = _labels(task, files)
        if task.splits:
            for file in files:
                result.splits[task.splits[file.number]] += file.images
        order = sorted(range(len(names)), key=names.__getitem__) if named else range(len(names))
        for start in range(0, len(order), plan.chunk_images):
            chosen = list(order[start : start + plan.chunk_images])
            part = images[chosen]
            chunk, decoded = plan.encode(part, [names[i] for i in chosen] if named else ())
            own = tuple(labels[i] for i in chosen) if labels else ()
            result.chunks.append(replace(chunk, labels=own))
            result.count(plan, chunk, part, decoded, [paths[i] for i in chosen])
        return result


def _labels(task: FileTask, files: Sequence[ReadFile]) -> Sequence[Label]:
    """A label for each image that was read, or none."""
    if task.images is not None or not task.labels:
        return task.labels
    return [task.labels[file.number] for file in files for _ in range(file.images)]
