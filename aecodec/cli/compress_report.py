"""What `aecodec compress` says of what it did: for people, and as JSON.

For people three lines at most: what was written, what was passed over, and a warning of images that
the model does not know. `--verbose` adds the figures.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from aecodec.batch import CompressReport
from aecodec.cli import options
from aecodec.distortion import mean_squared_error, psnr
from aecodec.errors import counted
from aecodec.files import portable_name
from aecodec.library import Codec
from aecodec.storage import is_url

FEW = 3  # results that are named one by one


def tell(reports: Sequence[CompressReport], *, verbose: bool) -> None:
    """Say on standard error what became of the images."""
    done = [report for report in reports if report.images]
    if done and not verbose:
        options.say(_headline(done))
    for report in done if verbose else ():
        options.say(_headline([report]))
        for line in _figures(report):
            options.say(f"  {line}")
    if passed := _passed_over(reports):
        options.say(f"aecodec: {'; '.join(passed)}")
    for note in dict.fromkeys(note for report in reports for note in report.notes):
        options.say(f"aecodec: {note}")
    if any(report.outliers for report in done):
        options.say(f"aecodec: warning: {_warning(done)}")
    elif any(report.inverted for report in done):
        options.say("aecodec: what no model knows looks inverted: try --invert")
    if any(report.transposed for report in done):
        options.say("aecodec: rows and columns look swapped, as in EMNIST's files: try --transpose")


def _headline(reports: Sequence[CompressReport]) -> str:
    """What was written, and how it compares with the files that the images come from."""
    total = CompressReport("")
    for report in reports:
        total.add(report)
    files = len(total.outputs)
    into = f" in {counted(files, 'file')}" if files > FEW else ""
    text = f"{_place(reports)}: {counted(total.images, 'image')}{into}, "
    text += f"{options.bytes_text(total.file_bytes)}, {_comparison(total)}, {_quality(total)}"
    if total.kept:
        text += f"; {counted(total.kept, 'image')} that no model knows kept exactly"
    if total.present:
        some = "" if files == 1 else f"{total.present:,} of {files:,} "
        text += f" ({some}there already)"
    return text


def _place(reports: Sequence[CompressReport]) -> str:
    outputs = [output for report in reports for output in report.outputs]
    if len(reports) == 1 and len(outputs) > 1 and reports[0].output:
        return os.path.join(_shown(reports[0].output), "")  # noqa: PTH118 - ends in a slash
    if len(outputs) > FEW:
        return "beside the originals"
    names = ["standard output" if output == "-" else _shown(output) for output in outputs]
    return ", ".join(names)


def _shown(path: str) -> str:
    """A path as a person would type it here."""
    if is_url(path):
        return path
    inside = os.path.relpath(path)
    return path if inside.startswith("..") else inside


def _comparison(report: CompressReport) -> str:
    originals = "the originals" if report.sources > 1 else "the original"
    ratio = report.source_bytes / report.file_bytes
    if 0.995 < ratio < 1.005:
        return f"as large as {originals}"
    if ratio > 1:
        return f"{_rounded(ratio)}x smaller than {originals}"
    return f"{_rounded(1 / ratio)}x larger than {originals}"


def _rounded(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def _quality(report: CompressReport) -> str:
    decibels = psnr(report.mse)
    return "exact" if decibels is None else f"PSNR {decibels:.1f} dB"


def _passed_over(reports: Sequence[CompressReport]) -> list[str]:
    """What folders hold that was not taken."""
    others = sum(report.others for report in reports)
    unentered = sum(report.unentered for report in reports)
    loops = [loop for report in reports for loop in report.loops]
    parts = []
    if unentered:
        parts.append(f"{counted(unentered, 'folder')} inside not entered (use -r)")
    if others:
        parts.append(
            f"{counted(others, 'file')} passed over, not of an image format that aecodec reads"
        )
    if loops:
        parts.append(f"{counted(len(loops), 'link')} not followed, in a circle: {loops[0]}")
    return parts


def _warning(reports: Sequence[CompressReport]) -> str:
    """How many images are unlike what their model was trained on, and what to do."""
    images = sum(report.images for report in reports)
    outliers = sum(report.outliers for report in reports)
    worst = max(
        (report.worst_outlier for report in reports if report.worst_outlier),
        key=lambda outlier: outlier.squared_error,
    )
    mse = mean_squared_error(worst.squared_error)
    subject = "it is" if images == 1 else f"{outliers:,} of {images:,} are"
    which = f"MSE {mse:.3f}" if images == 1 else f"worst {_shown(worst.path)}, MSE {mse:.3f}"
    advice = "bound the error with --max-mse"
    if any(report.inverted for report in reports):
        advice = "looks inverted: try --invert"
    return f"{subject} unlike what {worst.model} was trained on ({which}); {advice}"


def _figures(report: CompressReport) -> Iterator[str]:
    """All figures of a report, a line each."""
    models = ", ".join(f"{name} {count:,}" for name, count in report.models.most_common())
    yield f"images by model: {models}"
    yield (
        f"bytes: {report.file_bytes:,}, of which coded images {report.payload_bytes:,}; "
        f"originals {report.source_bytes:,}"
    )
    worst, path = report.worst
    mean = f"MSE {report.mse:.4f}"
    yield f"error: {mean}, worst {mean_squared_error(worst):.4f} of {_shown(path)}"
    for codec in _codecs(report):
        if report.plan and report.plan.bound is None and codec.misclassified is not None:
            decoded, original = codec.misclassified
            yield (
                f"classifier: misclassifies {decoded:.1%} of the validation images that "
                f"{codec.name} decoded, {original:.1%} of their originals"
            )
            if report.outliers:
                yield (
                    f"  this does not hold for the {counted(report.outliers, 'image')} unlike "
                    "its training data"
                )


def _codecs(report: CompressReport) -> list[Codec]:
    """The models that coded images, in the plan's order."""
    plan = report.plan
    if plan is None:
        return []
    return [plan.codec(n) for n, name in enumerate(plan.names) if name in report.models]


def json_report(reports: Sequence[CompressReport]) -> dict[str, Any]:
    """What to print for `--json`."""
    rows = [_row(report) for report in reports]
    return rows[0] if len(rows) == 1 else {"reports": rows}


def _row(report: CompressReport) -> dict[str, Any]:
    worst, path = report.worst
    return {
        "output": portable_name(report.output) or None,
        "outputs": [portable_name(output) for output in report.outputs],
        "present": report.present,
        "models": dict(report.models),
        "model_ids": [codec.id.hex() for codec in _codecs(report)],
        "kept_exactly": report.kept,
        "images": report.images,
        "file_bytes": report.file_bytes,
        "payload_bytes": report.payload_bytes,
        "source_bytes": report.source_bytes,
        "mse": report.mse,
        "psnr_db": psnr(report.mse),
        "worst": {"path": portable_name(path), "mse": mean_squared_error(worst)} if path else None,
        "outliers": report.outliers,
        "inverted": report.inverted,
        "transposed": report.transposed,
        "notes": report.notes,
        "other_files": report.others,
        "folders_not_entered": report.unentered,
        "loops": [portable_name(loop) for loop in report.loops],
        "failures": options.failure_rows(report.failures),
    }
