"""`aecodec compress`: images into .aez files."""

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aecodec.batch.compress import Reading
    from aecodec.batch.reports import CompressReport
    from aecodec.selection import Plan


def compress(
    inputs: Annotated[
        list[str], typer.Argument(help="Image files, folders of them, or '-'.", metavar="INPUT...")
    ],
    output: options.Output = None,
    level: options.LevelOption = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="A family, a model's name, its id or its file; 'auto' is the family that ships "
            "and fits best [default: auto].",
            metavar="MODEL",
            show_default=False,
        ),
    ] = None,
    embed_model: Annotated[
        bool, typer.Option("--embed-model", help="Put what decoding needs into the file.")
    ] = False,
    force: options.Force = False,
    recursive: Annotated[
        bool, typer.Option("-r", "--recursive", help="Enter the folders inside folders.")
    ] = False,
    jobs: options.Jobs = None,
    names: Annotated[
        bool | None,
        typer.Option(
            "--names/--no-names",
            help="Keep the images' names [default: for folders and several files].",
            show_default=False,
        ),
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Convert what is not 28x28 grey: grey, resized, padded.")
    ] = False,
    invert: Annotated[bool, typer.Option("--invert", help="Turn dark-on-light around.")] = False,
    effort: Annotated[
        int, typer.Option(min=1, max=3, help="How long to search for a good code, 1 to 3.")
    ] = 2,
    max_mse: Annotated[
        float | None,
        typer.Option(min=0, help="For each image the smallest level within this error on [0, 1]."),
    ] = None,
    min_psnr: Annotated[
        float | None, typer.Option(min=0, help="The same, as a PSNR in dB.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where images are unlike the model's.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Compress 28x28 grey images into .aez files.

    '-o x.aez' makes one archive of all inputs; any other -o is a file for one image and a folder
    that mirrors the inputs for several. Without -o results stand beside their inputs.
    """
    from aecodec.batch.compress import Reading
    from aecodec.cli.compress_report import row, tell
    from aecodec.selection import make_plans, squared_error_bound

    options.check_json(json, output or ("-" if inputs == ["-"] else None))
    if any(not math.isfinite(bound) for bound in (max_mse, min_psnr) if bound is not None):
        raise options.wrong_usage("--max-mse and --min-psnr take a finite number")
    bound = squared_error_bound(max_mse, min_psnr)
    plans = make_plans(level, model, effort, bound, embed=embed_model)
    reading = Reading(fit, invert)
    if "-" in inputs:
        if len(inputs) > 1:
            raise options.wrong_usage("'-' (standard input) stands alone")
        reports = [_compress_stdin(output, plans, reading, force)]
    else:
        reports = _compress_paths(inputs, output, plans, reading, force, recursive, jobs, names)
    for report in reports:
        if report.images and not json:
            tell(report)
    if json:
        rows = [row(report) for report in reports]
        options.print_json(rows[0] if len(rows) == 1 else {"reports": rows})
    options.finish([failure for report in reports for failure in report.failures])
    if strict and any(report.unusual for report in reports):
        raise typer.Exit(1)


def _compress_stdin(
    output: str | None, plans: "Sequence[Plan]", reading: "Reading", force: bool
) -> "CompressReport":
    import io

    from aecodec.batch.compress import single_file
    from aecodec.batch.reports import CompressReport, Part
    from aecodec.batch.sinks import atomic_file
    from aecodec.files import MAX_FILE_BYTES
    from aecodec.images import read_image
    from aecodec.selection import choose

    if output in (None, "-"):
        options.check_binary_output()
    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    image = read_image(io.BytesIO(data), fit=reading.fit, invert=reading.invert)[None]
    plan, contest = choose(plans, image)
    chunk, decoded = plan.encode(image)
    result = single_file(chunk, plan)
    if output in (None, "-"):
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    else:
        with atomic_file(Path(str(output)), overwrite=force) as file:
            file.write(result)
    report = CompressReport(output or "-", plans=[plan], contest=contest)
    part = Part(["standard input"], source_bytes=len(data), file_bytes=len(result))
    part.count(plan, chunk, image, decoded)
    report.add(part)
    return report


def _compress_paths(
    inputs: list[str],
    output: str | None,
    plans: "Sequence[Plan]",
    reading: "Reading",
    force: bool,
    recursive: bool,
    jobs: int | None,
    names: bool | None,
) -> list["CompressReport"]:
    from aecodec.batch.compress import compress_archive, compress_each
    from aecodec.batch.failure import Failure
    from aecodec.batch.parallel import cores
    from aecodec.batch.reports import CompressReport
    from aecodec.batch.sources import gather, stored_name
    from aecodec.errors import AecodecError, InvalidImageError
    from aecodec.images import is_image_path

    workers = jobs or cores()

    def run(group: list[str], target: str | None, beside: bool = False) -> "CompressReport":
        failures: list[Failure] = []
        sources, skipped = gather(group, is_image_path, recursive=recursive, failures=failures)
        if skipped:
            options.say(f"aecodec: {skipped} folder(s) inside were not entered; use -r")
        if not len(sources) and len(failures) == 1:
            raise failures[0].error.at(failures[0].path)
        if not len(sources) and not failures:
            raise InvalidImageError(f"{', '.join(group)}: no images found (searched by suffix).")
        lone = len(group) == 1 and not os.path.isdir(group[0])  # noqa: PTH112
        with options.progress_bar("compressing", len(sources)) as progress:
            if target and (
                target == "-" or target.lower().endswith(".aez") or (lone and not _folder(target))
            ):
                if target == "-":
                    options.check_binary_output()
                return compress_archive(
                    sources,
                    None if target == "-" else Path(target),
                    plans,
                    reading,
                    failures=failures,
                    named=not lone if names is None else names,
                    overwrite=force,
                    jobs=workers,
                    progress=progress,
                )
            return compress_each(
                sources,
                lambda root, relative: (
                    os.path.join(root if beside else str(target), stored_name("", relative))[:-4]  # noqa: PTH118
                    + ".aez"
                ),
                ", ".join(group) if beside else str(target),
                plans,
                reading,
                failures=failures,
                overwrite=force,
                jobs=workers,
                progress=progress,
            )

    def attempt(group: list[str], target: str | None, beside: bool = False) -> "CompressReport":
        try:
            return run(group, target, beside)
        except AecodecError as error:  # the other groups are done all the same
            name = target or ", ".join(group)
            return CompressReport(name, failures=[Failure(name, error)])

    if output:
        return [run(inputs, output)]
    folders = [text for text in inputs if os.path.isdir(text)]  # noqa: PTH112
    files = [text for text in inputs if text not in folders]
    reports = [attempt(files, None, beside=True)] if files else []
    return reports + [attempt([f], f"{os.path.abspath(f)}.aez") for f in folders]  # noqa: PTH100


def _folder(target: str) -> bool:
    return target.endswith("/") or os.path.isdir(target)  # noqa: PTH112
