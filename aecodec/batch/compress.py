"""Files and folders into .aez files: one archive, or a file for each image file."""

from collections.abc import Sequence

from aecodec.batch.compress_archive import compress_archive
from aecodec.batch.compress_each import compress_each
from aecodec.batch.reading import Reading
from aecodec.batch.reports import CompressReport
from aecodec.batch.sources import Sources
from aecodec.batch.target import Form, Target
from aecodec.batch.work import CompressWork, Progress
from aecodec.errors import InvalidArgumentError
from aecodec.selection import Plan


def compress_sources(
    sources: Sources,
    target: Target,
    plans: Sequence[Plan],
    reading: Reading = Reading(),  # noqa: B008 - frozen
    *,
    names: bool | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> CompressReport:
    """Compress files into what the target says.

    Args:
        sources: The files; at least one, or a failure.
        target: An archive, standard output, a folder, or beside the files.
        plans: Those that compete for the images: for all together in an archive, otherwise for
            the images of each file.
        reading: How files are read.
        names: Whether an archive keeps the images' names; by default unless there is one input
            and it is a file.
        overwrite: Whether to replace results that exist and differ.
        jobs: How many processes to use. Any number gives the same bytes.
        progress: Called with a number of files when they are done.

    Returns:
        What was done. Inputs that failed are among its failures.

    Raises:
        AecodecError: An input of an archive without names failed: the numbers of the images
            behind it would shift. Nothing was written.
        InvalidArgumentError: Models would be embedded in each of many files.
        OutputError: The archive exists, or cannot be written.
    """
    archive = target.form in (Form.ARCHIVE, Form.STDOUT)
    if plans[0].embed and not archive and len(sources) > 1:
        raise InvalidArgumentError(
            "--embed-model puts the model into every file, and these are many: make one "
            "archive with -o x.aez, or leave --embed-model out"
        )
    work = CompressWork(sources, plans, reading, overwrite, jobs, progress)
    if archive:
        report = compress_archive(work, target, named=not sources.lone if names is None else names)
    else:
        report = compress_each(work, target)
    report.others = sources.others
    report.unentered = sources.unentered
    report.loops = sources.loops
    return report
