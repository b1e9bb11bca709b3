"""A cluster as the place where the tasks of a batch are done (see `batch.Elsewhere`)."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aecodec.archive import Archive
from aecodec.batch import AezFile, CodedPart, Coding, Sources, work_on_chunk
from aecodec.cluster import storage
from aecodec.cluster.farm import Farm
from aecodec.cluster.making import KeptParts, PartWork, check_found, is_left, make_part
from aecodec.cluster.models import LentModel, fetch_model, keep_models
from aecodec.cluster.parts import divide, everywhere
from aecodec.errors import AecodecError
from aecodec.library import codec_by_id, lend

if TYPE_CHECKING:
    from distributed import Client

STDIN = "-"
Task = TypeVar("Task")
Result = TypeVar("Result")


class Cluster:
    """A Dask cluster that does the tasks of batches.

    Args:
        client: Leads to its scheduler.
        timeout: Seconds after which a task is given to a second worker.
    """

    def __init__(self, client: "Client", timeout: float) -> None:
        self._client = client
        self._farm = Farm(client, timeout)

    def code(self, coding: Coding, sources: Sources, size: int, folder: str) -> Iterator[CodedPart]:
        """Code images in parts, which workers leave in a folder, and hand the results on."""
        plan = coding.plan
        work = PartWork(
            coding=replace(coding, plan=plan._replace(models=(), exact=())),
            models=keep_models(self._client, [*plan.models, *plan.exact]),
            exact=len(plan.exact),
            ids=tuple(plan.ids),
            labels=sources.label_type,
            size=size,
            folder=everywhere(folder),
        )
        storage.prepare(work.folder)
        parts = divide(sources, size, plan.effort)
        return self._farm.run(partial(make_part, work), parts, "compress", KeptParts(work))

    def tidy(self, folder: str, keep: Collection[str] = ()) -> None:
        """Remove the parts and records in a folder but for some, and the folder if it is empty."""
        storage.remove(everywhere(folder), is_left, keep)

    def each_chunk(
        self,
        work: Callable[[Archive, Task], Result],
        tasks: Sequence[Task],
        file: AezFile,
        archive: Archive,
        model: str | None,
    ) -> Iterator[Result]:
        """Do the same work on chunks of an archive, which every worker opens on its own.

        What came from standard input is on the disk of this machine, which works on it alone.
        """
        if file.given == STDIN:
            yield from (work(archive, task) for task in tasks)
            return
        lent = keep_models(self._client, _model_files(archive, model))
        there = replace(file, path=file.path.absolute(), version=str(time.time_ns()))
        function = partial(_work_there, lent, work, there)
        name = getattr(work, "func", work).__name__.strip("_")
        yield from self._farm.run(function, tasks, name)


def _model_files(archive: Archive, model: str | None) -> list[Path]:
    """The files of an archive's models; one that is embedded, or needs no file, has none."""
    paths = []
    for model_id, _ in archive.models:
        try:
            path = codec_by_id(model_id, model).path
        except AecodecError:
            continue  # what needs it will tell
        if path is not None:
            paths.append(path)
    return paths


def _work_there(
    lent: Sequence[LentModel], work: Callable[[Archive, Any], Result], file: AezFile, task: Any
) -> Result:
    """In a worker: do the work on one task, with the models that the scheduler keeps."""
    check_found(file.path)
    for model in lent:
        lend(fetch_model(model).parent)
    return work_on_chunk(work, file, None, task)
