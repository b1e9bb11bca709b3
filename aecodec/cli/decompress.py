"""`aecodec decompress`: .aez files into PNG files."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import options

if TYPE_CHECKING:
    from aecodec.batch.decompress import DecompressReport


def decompress(
    inputs: Annotated[
        list[str], typer.Argument(help=".aez files, folders of them, or '-'.", metavar="INPUT...")
    ],
    output: options.Output = None,
    model: options.ExtraModel = None,
    force: options.Force = False,
    recursive: Annotated[
        bool, typer.Option("-r", "--recursive", help="Enter the folders inside folders.")
    ] = False,
    jobs: options.Jobs = None,
    json: options.Json = False,
) -> None:
    """Rebuild the images of .aez files as PNG files.

    A file of one image becomes a PNG file, an archive a folder, under names or numbers.
    Without -o results stand beside their inputs.
    """
    options.check_json(json, output or ("-" if inputs == ["-"] else None))
    if "-" in inputs and len(inputs) > 1:
        raise options.wrong_usage("'-' (standard input) stands alone")
    options.check_model(model)
    if inputs == ["-"]:
        reports = [_stdin(output, model, force, jobs or 1)]
    else:
        reports = _all(inputs, output, model, force, recursive, jobs)
    if json:
        rows = [
            {
                "output": report.output,
                "images": report.images,
                "file_bytes": report.file_bytes,
                "failures": options.failure_rows(report.failures),
            }
            for report in reports
        ]
        options.print_json(rows[0] if len(rows) == 1 else {"reports": rows})
    else:
        for report in reports:
            if report.images:
                plural = "s" if report.images > 1 else ""
                options.say(f"{report.output}: {report.images:,} image{plural}")
    options.finish([failure for report in reports for failure in report.failures])


@contextmanager
def _spooled_stdin() -> Iterator[Path]:
    """Standard input as a seekable file on disk, so that its size costs no memory."""
    import shutil
    import tempfile

    with tempfile.NamedTemporaryFile(prefix="aecodec-", suffix=".aez") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield Path(file.name)


def _stdin(output: str | None, model: str | None, force: bool, jobs: int) -> "DecompressReport":
    from aecodec.batch.failure import Failure
    from aecodec.errors import AecodecError

    with _spooled_stdin() as path:
        try:
            report = _one(path, output or "-", model, force, jobs)
        except AecodecError as error:
            raise type(error)(error.detail, "standard input") from error
    report.failures = [
        Failure("standard input", type(f.error)(f.error.detail, "standard input"))
        if f.path == str(path)
        else f
        for f in report.failures
    ]
    return report


def _all(
    inputs: list[str],
    output: str | None,
    model: str | None,
    force: bool,
    recursive: bool,
    jobs: int | None,
) -> list["DecompressReport"]:
    from aecodec.batch.decompress import DecompressReport
    from aecodec.batch.failure import Failure
    from aecodec.batch.parallel import cores
    from aecodec.batch.sources import gather
    from aecodec.errors import AecodecError, InvalidImageError

    workers = jobs or cores()
    if len(inputs) == 1 and not os.path.isdir(inputs[0]):  # noqa: PTH112
        return [_one(Path(inputs[0]), output, model, force, workers)]
    if output == "-":
        raise options.wrong_usage("several files do not fit standard output")
    missing: list[Failure] = []
    sources, _ = gather(inputs, _is_aez, recursive=recursive, failures=missing)
    reports = [DecompressReport(failure.path, failures=[failure]) for failure in missing]
    if not len(sources) and not reports:
        raise InvalidImageError(f"{', '.join(inputs)}: no .aez files found.")
    places = _Places(sources.path(number) for number in range(len(sources)))
    for number in range(len(sources)):
        path = Path(sources.path(number))
        beside = Path(output, sources.relative[number]) if output else path
        try:
            reports.append(_one(path, None, model, force, workers, beside, places))
        except AecodecError as error:
            reports.append(DecompressReport(str(path), failures=[Failure(str(path), error)]))
    return reports


def _is_aez(name: str) -> bool:
    return name.lower().endswith(".aez")


class _Places:
    """Where the results of a batch go: none where another went, none in the place of an input."""

    def __init__(self, inputs: Iterable[str]) -> None:
        self._inputs = {os.path.realpath(path): path for path in inputs}
        self._taken: dict[str, Path] = {}

    def take(self, target: Path, source: Path) -> None:
        """Give `target` to `source`. Raises OutputError where it is taken, also with -f."""
        from aecodec.errors import OutputError

        place = os.path.join(os.path.realpath(target.parent), target.name)  # noqa: PTH118
        if place in self._inputs:
            raise OutputError(
                f"{source}: would be written to {target}, which is an input; choose another -o."
            )
        if (other := self._taken.setdefault(place, source)) != source:
            raise OutputError(
                f"{source}: would be written to {target}, as {other} was; "
                f"decompress them into different folders."
            )


def _one(
    path: Path,
    output: str | None,
    model: str | None,
    force: bool,
    jobs: int,
    beside: Path | None = None,
    places: _Places | None = None,
) -> "DecompressReport":
    from aecodec.archive import open_archive
    from aecodec.batch.decompress import decompress_folder, decompress_single
    from aecodec.errors import OutputError

    with open_archive(path, model) as archive:
        count, single = len(archive), len(archive) == 1 and not archive.named
        sound = not archive.damage
    if output == "-":
        if not (single and sound):
            raise OutputError(f"{path}: {count} images do not fit standard output; use -o FOLDER.")
        options.check_binary_output()
        return decompress_single(path, None, model)
    target = _target(output, beside or path, single=single and sound)
    if places:
        places.take(target, path)
    if single and sound:
        return decompress_single(path, target, model, overwrite=force)
    with options.progress_bar("decompressing", count) as progress:
        return decompress_folder(path, target, model, overwrite=force, jobs=jobs, progress=progress)


def _target(output: str | None, beside: Path, *, single: bool) -> Path:
    """The file or folder that a result goes to: the one asked for, or beside its input."""
    if not single:
        return Path(output) if output else beside.with_suffix("")
    png = f"{beside.stem}.png"
    if not output:
        return beside.with_name(png)
    return Path(output, png) if output.endswith("/") or os.path.isdir(output) else Path(output)  # noqa: PTH112
