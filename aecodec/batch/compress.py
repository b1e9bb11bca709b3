"""Files and folders into .aez files: one archive, or a file for each image file."""

from collections.abc import Callable, Sequence

from aecodec.batch.data_paths import data_input
from aecodec.batch.failure import Failure
from aecodec.batch.progress import Bar, Progress, no_bar
from aecodec.batch.reading import Reading
from aecodec.batch.reports import CompressReport
from aecodec.batch.sources import Sources, gather, of_data
from aecodec.batch.target import Form, Target
from aecodec.batch.work import CompressWork
from aecodec.errors import AecodecError, InvalidArgumentError, InvalidImageError
from aecodec.selection import Plan


def compress_all(
    groups: Sequence[tuple[list[str], Target]],
    plan: Plan,
    reading: Reading,
    *,
    recursive: bool = False,
    read_stdin: Callable[[], bytes] | None = None,
    names: bool | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    bar: Bar = no_bar,
) -> list[CompressReport]:
    """Compress groups of inputs. Those that fail are in the reports, and the others are done.

    Args:
        groups: What `target.compress_targets` gives: inputs, and what they are compressed into.
        plan: See `compress_sources`, as for `reading`, `names`, `overwrite` and `jobs`.
        reading: See `compress_sources`.
        recursive: Whether folders in folders are entered.
        read_stdin: Reads standard input.
        names: See `compress_sources`.
        overwrite: See `compress_sources`.
        jobs: See `compress_sources`.
        bar: Makes a progress bar of a number of files.

    Returns:
        A report for each group.

    Raises:
        AecodecError: There is one group, and all of it failed.
    """
    reports = []
    for inputs, target in groups:
        try:
            data = data_input(inputs, reading)
            if data is None:
                sources = gather(inputs, recursive=recursive, read_stdin=read_stdin)
                sources.check_found(inputs)
                if not sources.lone:
                    from aecodec.batch.class_folders import with_folders

                    sources = with_folders(sources, reading.classes)
            else:
                sources = of_data(data)
            with bar(sources.steps) as progress:
                report = compress_sources(
                    sources,
                    target,
                    plan,
                    reading,
                    names=names,
                    overwrite=overwrite,
                    jobs=jobs,
                    progress=progress,
                )
        except AecodecError as error:
            if len(groups) == 1:
                raise
            failure = Failure(", ".join(inputs), error)
            report = CompressReport(str(target.path), failures=[failure])
        reports.append(report)
    return reports


def compress_sources(
    sources: Sources,
    target: Target,
    plan: Plan,
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
        target: An archive, also one in parts, standard output, a folder, or beside the files.
        plan: Chooses the model of each image.
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
    parts = target.form is Form.PARTS
    archive = target.form in (Form.ARCHIVE, Form.STDOUT)
    if plan.embed and not archive and (parts or len(sources) > 1):
        raise InvalidArgumentError(
            "--embed-model puts the model into every file, and these are many: make one "
            "archive with -o x.aez, or leave --embed-model out"
        )
    if sources.data is not None and names:
        raise InvalidArgumentError("--names is for image files; a data set's images have none")
    work = CompressWork(sources, plan, reading, overwrite, jobs, progress)
    named = not sources.lone if names is None else names
    if archive:
        from aecodec.batch.compress_archive import compress_archive

        report = compress_archive(work, target, named=named)
    elif parts:
        from aecodec.batch.compress_parts import compress_parts

        report = compress_parts(work, target, named=named)
    else:
        from aecodec.batch.compress_each import compress_each

        report = compress_each(work, target)
    if sources.data is not None:
        if not report.images and not report.failures:
            raise InvalidImageError("holds no images", sources.path(0))
        report.sources, report.source_bytes = len(sources), sources.data.size
        report.notes = sources.data.notes()
    report.notes += sources.notes
    report.others = sources.others
    report.unentered = sources.unentered
    report.loops = sources.loops
    return report
