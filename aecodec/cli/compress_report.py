"""What `aecodec compress` says of what it did: for people, and as JSON."""

import math
from typing import Any

from aecodec.batch.reports import CompressReport
from aecodec.cli import options
from aecodec.distortion import mean_squared_error
from aecodec.kinds import COST_UNIT
from aecodec.library import DEFAULT_FAMILY


def tell(report: CompressReport) -> None:
    """Say what became of at least one image, on standard error."""
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
    if why := _why(report):
        options.say(f"auto: {why}")
    codecs = {codec.name: codec for plan in report.plans for codec in plan.codecs()}
    for plan in report.plans:
        if plan.bound is None and (note := plan.codecs()[0].misread_note()):
            options.say(note)
    error, path, name = report.strangest
    if report.unusual and (validation := codecs[name].validation):
        subject = "it is" if report.images == 1 else f"{report.unusual:,} of {count} are"
        options.say(
            f"aecodec: warning: {subject} unlike what {name} was trained on: {path} has MSE "
            f"{mean_squared_error(error):.4f}, and 99.9 % of its validation images stay under "
            f"{mean_squared_error(validation[2]):.4f}"
        )


def _why(report: CompressReport) -> str:
    """By which figures a family was taken, empty where none was asked for."""
    contest = report.contest
    parts = []
    if contest.typical:
        parts.append(f"{DEFAULT_FAMILY}, judged by {contest.typical:,} typical image(s)")
    if contest.compared:
        unit, figures = _figures(report)
        ranked = sorted(figures.items(), key=lambda item: item[1])
        text = ", ".join(f"{family} {figure:.4g}" for family, figure in ranked)
        parts.append(f"{contest.compared:,} tried with every family ({unit}: {text})")
    return ", ".join(parts)


def _figures(report: CompressReport) -> tuple[str, dict[str, float]]:
    """What the families made on average of the images that all of them tried, and its unit."""
    contest = report.contest
    if contest.lossy:
        scale, unit = mean_squared_error(1, contest.compared), "MSE"
    else:
        scale, unit = 1 / (8 * COST_UNIT * contest.compared), "bytes"
    return unit, {family: total * scale for family, total in contest.misfits.items()}


def row(report: CompressReport) -> dict[str, Any]:
    """The report for `--json`."""
    mse, contest = report.mse, report.contest
    auto = None
    if contest.typical or contest.compared:
        unit, figures = _figures(report) if contest.compared else ("MSE", {})
        auto = {"typical": contest.typical, "tried": contest.compared, unit.lower(): figures}
    return {
        "output": report.output,
        "models": dict(report.models),
        "model_ids": [codec.id.hex() for plan in report.plans for codec in plan.codecs()],
        "auto": auto,
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


def _psnr(mse: float) -> float:
    return -10 * math.log10(mse) if mse else math.inf
