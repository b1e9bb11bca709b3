"""`aecodec compress`: images into .aez files."""

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aecodec.cli import options

if TYPE_CHECKING:
    from aecodec.codec import Plan
    from aecodec.compressing import CompressReport, Reading


def compress(
    inputs: Annotated[
        list[str], typer.Argument(help="Image files, folders of them, or '-'.", metavar="INPUT...")
    ],
    output: options.Output = None,
    level: options.LevelOption = None,
    model: options.ModelOption = None,
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
    from aecodec.codec import make_plan, squared_error_bound
    from aecodec.compressing import Reading

    options.check_json(json, output or ("-" if inputs == ["-"] else None))
    if any(not math.isfinite(bound) for bound in (max_mse, min_psnr) if bound is not None):
        raise options.wrong_usage("--max-mse and --min-psnr take a finite number")
    plan = make_plan(level, model, effort, squared_error_bound(max_mse, min_psnr))
    reading = Reading(fit, invert)
    if "-" in inputs:
        if len(inputs) > 1:
            raise options.wrong_usage("'-' (standard input) stands alone")
        reports = [_compress_stdin(output, plan, reading, force)]
    else:
        reports = _compress_paths(inputs, output, plan, reading, force, recursive, jobs, names)
    for report in reports:
        if json:
            continue
        if report.images:
            _tell(report, plan)
    if json:
        rows = [_row(report, plan) for report in reports]
        options.print_json(rows[0] if len(rows) == 1 else {"reports": rows})
    options.finish([failure for report in reports for failure in report.failures])
    if strict and any(report.unusual for report in reports):
        raise typer.Exit(1)


def _compress_stdin(
    output: str | None, plan: "Plan", reading: "Reading", force: bool
) -> "CompressReport":
    import io

    from aecodec.compressing import CompressReport, Part, single_file
    from aecodec.images import MAX_FILE_BYTES, read_image
    from aecodec.outputs import atomic_file

    if output in (None, "-"):
        options.check_binary_output()
    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    image = read_image(io.BytesIO(data), fit=reading.fit, invert=reading.invert)[None]
    chunk, decoded = plan.encode(image)
    result = single_file(chunk, plan.ids())
    if output in (None, "-"):
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    else:
        with atomic_file(Path(str(output)), overwrite=force) as file:
            file.write(result)
    report = CompressReport(output or "-")
    part = Part(["standard input"], source_bytes=len(data), file_bytes=len(result))
    part.count(chunk, image, decoded)
    report.add(part, plan)
    return report


def _compress_paths(
    inputs: list[str],
    output: str | None,
    plan: "Plan",
    reading: "Reading",
    force: bool,
    recursive: bool,
    jobs: int | None,
    names: bool | None,
) -> list["CompressReport"]:
    from aecodec.compressing import compress_archive, compress_each
    from aecodec.errors import InvalidImageError
    from aecodec.images import is_image_path
    from aecodec.parallel import cores
    from aecodec.sources import gather, stored_name

    workers = jobs or cores()

    def run(group: list[str], target: str | None, beside: bool = False) -> "CompressReport":
        sources, skipped = gather(group, is_image_path, recursive=recursive)
        if skipped:
            options.say(f"aecodec: {skipped} folder(s) inside were not entered; use -r")
        if not len(sources):
            raise InvalidImageError(f"{', '.join(group)}: no images found (searched by suffix).")
        lone = len(group) == 1 and not os.path.isdir(group[0])  # noqa: PTH112
        with options.progress_bar("compressing", len(sources)) as progress:
            if target and (
                target == "-" or target.endswith(".aez") or (lone and not _folder(target))
            ):
                if target == "-":
                    options.check_binary_output()
                return compress_archive(
                    sources,
                    None if target == "-" else Path(target),
                    plan,
                    reading,
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
                plan,
                reading,
                overwrite=force,
                jobs=workers,
                progress=progress,
            )

    if output:
        return [run(inputs, output)]
    folders = [text for text in inputs if os.path.isdir(text)]  # noqa: PTH112
    files = [text for text in inputs if text not in folders]
    reports = [run(files, None, beside=True)] if files else []
    return reports + [run([f], f"{os.path.abspath(f)}.aez") for f in folders]  # noqa: PTH100


def _folder(target: str) -> bool:
    return target.endswith("/") or os.path.isdir(target)  # noqa: PTH112


def _psnr(mse: float) -> float:
    return -10 * math.log10(mse) if mse else math.inf


def _tell(report: "CompressReport", plan: "Plan") -> None:
    from aecodec.compressing import mean_squared_error

    mse = report.mse
    count = f"{report.images:,} image{'s' if report.images > 1 else ''}"
    names = ", ".join(
        name if len(report.models) == 1 else f"{name} ({number:,})"
        for name, number in report.models.most_common()
    )
    options.say(
        f"{report.output}: {count}, {options.bytes_text(report.file_bytes)} "
        f"(payload {report.payload_bytes:,}; source files {report.source_bytes:,}), "
        f"MSE {mse:.4f}, PSNR {_psnr(mse):.1f} dB with {names}"
    )
    if plan.bound is not None:
        return
    codec = plan.codecs()[0]
    if note := codec.misread_note():
        options.say(note)
    if report.unusual and codec.validation:
        worst = mean_squared_error(report.worst[0])
        limit = mean_squared_error(codec.validation[2])
        subject = "it is" if report.images == 1 else f"{report.unusual:,} of {count} are"
        options.say(
            f"aecodec: warning: {subject} unlike what {codec.name} was trained on: "
            f"{report.worst[1]} has MSE {worst:.4f}, and 99.9 % of its validation images "
            f"stay under {limit:.4f}"
        )


def _row(report: "CompressReport", plan: "Plan") -> dict[str, Any]:
    from aecodec.compressing import mean_squared_error

    mse = report.mse
    return {
        "output": report.output,
        "models": dict(report.models),
        "model_ids": [codec.id.hex() for codec in plan.codecs()],
        "images": report.images,
        "file_bytes": report.file_bytes,
        "payload_bytes": report.payload_bytes,
        "source_bytes": report.source_bytes,
        "mse": mse,
        "psnr_db": _psnr(mse) if mse else None,
        "worst": {"path": report.worst[1], "mse": mean_squared_error(report.worst[0])}
        if report.images
        else None,
        "unusual": report.unusual,
        "failures": options.failure_rows(report.failures),
    }
