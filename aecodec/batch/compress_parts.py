"""Images into a folder that is one archive in parts, which a cluster leaves there."""

from collections.abc import Sequence
from pathlib import Path

from aecodec.batch.coding import Coding
from aecodec.batch.compress_archive import check_done, check_found
from aecodec.batch.elsewhere import elsewhere
from aecodec.batch.reports import CompressReport
from aecodec.batch.sinks import make_folder, write_result
from aecodec.batch.target import Target
from aecodec.batch.work import CompressWork
from aecodec.container import INDEX_NAME, NameOrder, PartFile, PartIndex, Split
from aecodec.errors import UnsafeNameError


def compress_parts(work: CompressWork, target: Target, *, named: bool) -> CompressReport:
    """Compress files into a folder of parts; the index, written last, makes them an archive.

    An archive in parts that is there already stays whole until the new index takes the place of
    its own: no file of a part is ever replaced by one with other bytes.

    Args:
        work: The files.
        target: The folder.
        named: Whether the archive keeps names.

    Raises:
        AecodecError: Without names, a file failed.
        OutputError: An archive is there already and differs, or it cannot be written.
    """
    sources = work.sources
    report = CompressReport(str(target.path), failures=list(sources.failures), plan=work.plan)
    check_found(work, named=named)
    make_folder(target.path)
    order = NameOrder(UnsafeNameError)
    parts: list[PartFile] = []
    for part in work.parts(Coding(work.plan, work.reading, named), report):
        for result in part.results:
            check_done(result, work, named=named)
            for chunk in result.chunks:
                order.add(chunk.names)
        if part.file.counts:
            parts.append(part.file)
    if report.images:
        splits = sources.splits(report.splits)
        index = _index(work, parts, splits, named=named)
        written = write_result(target.path / INDEX_NAME, index, overwrite=work.overwrite)
        report.outputs, report.present = [report.output], int(not written)
        report.file_bytes = len(index) + sum(part.size for part in parts)
    if (place := elsewhere()) is not None:
        place.tidy(report.output, keep=_files(target.path))
    return report


def _index(
    work: CompressWork, parts: Sequence[PartFile], splits: Sequence[Split], *, named: bool
) -> bytes:
    plan, labels = work.plan, work.sources.label_type
    ids, titles = tuple(plan.ids), tuple(plan.names)
    return PartIndex(ids, titles, named, labels, tuple(parts), tuple(splits)).pack()


def _files(folder: Path) -> set[str]:
    """The files of the archive in parts that a folder holds now, if it holds one."""
    try:
        index = PartIndex.unpack((folder / INDEX_NAME).read_bytes())
    except FileNotFoundError:
        return set()
    return {INDEX_NAME, *(part.file for part in index.parts)}
