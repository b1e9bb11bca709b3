"""`aecodec verify`: check every byte and every pixel of .aez files."""

from aecodec.cli import options
from aecodec.errors import counted


def verify(
    inputs: options.AezInputs,
    model: options.ExtraModel = None,
    recursive: options.Recursive = False,
    jobs: options.Jobs = None,
    json: options.Json = False,
) -> None:
    """Check .aez files: every checksum, and that every image decodes to the pixels encoded."""
    from aecodec.batch.aez_files import aez_files
    from aecodec.batch.parallel import cores
    from aecodec.batch.verify import verify_all

    options.check_model(model)
    with aez_files(inputs, recursive=recursive) as found:
        reports = verify_all(found, model, jobs or cores(), options.bar("verifying"))
    failures = [failure for report in reports for failure in report.failures]
    good = [report for report in reports if not report.failures]
    images = counted(sum(report.images for report in good), "image")
    if json:
        rows = [{"path": r.path, "images": r.images, "ok": not r.failures} for r in reports]
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    elif len(reports) == 1 and good:
        options.say(f"{good[0].path}: {images}, all well")
    elif not failures:
        options.say(f"{len(good):,} files with {images}, all well")
    elif good:
        options.say(f"{len(good):,} of {len(reports):,} files are well, with {images}")
    options.finish(failures)
