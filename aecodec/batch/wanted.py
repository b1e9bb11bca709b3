"""Which images of an archive are to be taken: all, those of some names, or of a label."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from aecodec.archive import Archive
from aecodec.batch.aez_files import each_chunks_names
from aecodec.batch.failure import Failure
from aecodec.errors import MissingFileError

ChunkTask = tuple[int, Sequence[int] | None]  # a chunk, and the places of the images, or all


@dataclass
class Wanted:
    """The images to take: where they are, how many, and names that no image has."""

    tasks: list[ChunkTask] = field(default_factory=list)
    images: int = 0
    missing: list[Failure] = field(default_factory=list)


def find_wanted(archive: Archive, patterns: Sequence[str], label: str | int | None) -> Wanted:
    """Find the images that names or glob patterns stand for, or that have a label; or all."""
    chosen = None if label is None else set(archive.with_label(label).tolist())
    if not patterns and chosen is None:
        return Wanted([(number, None) for number in range(archive.chunks)], len(archive))
    wanted = Wanted()
    unmatched = dict.fromkeys(patterns)
    for number, names in each_chunks_names(archive):
        places = []
        first = archive.span(number)[0]
        for place, name in enumerate(names):
            if chosen is not None and first + place not in chosen:
                continue
            if not patterns:
                places.append(place)
            elif hits := [p for p in patterns if name == p or fnmatchcase(name, p)]:
                places.append(place)
                unmatched = {p: None for p in unmatched if p not in hits}
        if places:
            wanted.tasks.append((number, places if len(places) < len(names) else None))
            wanted.images += len(places)
    error = MissingFileError(f"{archive.path} has no image of this name; 'aecodec list' shows them")
    if label is not None and not wanted.images and not patterns:
        raise MissingFileError(f"has no image with the label {label!r}", archive.path)
    wanted.missing = [Failure(pattern or "''", error) for pattern in unmatched]
    return wanted
