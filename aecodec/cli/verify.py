"""`aecodec verify`: check every byte and every pixel of .aez files."""

from aecodec.cli import options


def verify(
    inputs: options.AezFiles,
    model: options.ExtraModel = None,
    jobs: options.Jobs = None,
    json: options.Json = False,
) -> None:
    """Check .aez files: every checksum, and that every image decodes to the pixels encoded."""
    from aecodec.archive import open_archive
    from aecodec.batch.decompress import check_chunk, check_names, each_chunk
    from aecodec.batch.failure import Failure
    from aecodec.batch.parallel import cores
    from aecodec.errors import AecodecError, CorruptFileError

    options.check_model(model)
    rows = []
    failures: list[Failure] = []
    for path in inputs:
        found: list[Failure] = []
        count = 0
        try:
            with open_archive(path, model) as archive:
                _ = archive.coders
                count = len(archive)
                if archive.damage:
                    found.append(Failure(str(path), CorruptFileError(archive.damage)))
                found += check_names(path, archive)
                with options.progress_bar("verifying", count) as progress:
                    for part in each_chunk(check_chunk, path, archive, model, jobs or cores()):
                        found += part.failures
                        if progress:
                            progress(part.images)
        except AecodecError as error:
            found.append(Failure(str(path), error))
        rows.append({"path": str(path), "images": count, "ok": not found})
        failures += found
        if not found and not json:
            options.say(f"{path}: {count:,} image{'s' if count != 1 else ''}, all well")
    if json:
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    options.finish(failures)
