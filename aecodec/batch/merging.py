"""What archives are together: their models, labels, splits and metadata in one header."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aecodec.archive import Archive
from aecodec.batch.aez_files import names_of
from aecodec.container import Chunk, ContainerWriter, Extras, Label, LabelType, Sink, moved
from aecodec.errors import CorruptFileError, InvalidArgumentError
from aecodec.kinds import LazyCoders
from aecodec.labels import converted, joined_type
from aecodec.storage import to_path

MAX_MODELS = 31  # of the format
KEEP, MERGE, FILES, FOLDERS, NONE = "keep", "merge", "files", "folders", "none"
NAMES = (KEEP, FOLDERS, NONE)
SPLITS = (KEEP, MERGE, FILES, NONE)

Value = TypeVar("Value")


@dataclass(frozen=True)
class JoinOptions:
    """How archives are joined.

    Attributes:
        names: `keep`, `folders` (the names of each archive below a folder called as its file is),
            or `none`.
        splits: `keep`, `merge` (splits of one name become one), `files` (each archive is a split,
            called as its file is), or `none`.
        labels: Whether labels are kept.
        metadata: Whether metadata are kept.
    """

    names: str = KEEP
    splits: str = KEEP
    labels: bool = True
    metadata: bool = True

    def __post_init__(self) -> None:
        for what, value, known in (("names", self.names, NAMES), ("splits", self.splits, SPLITS)):
            if value not in known:
                raise InvalidArgumentError(f"{what} is one of {', '.join(known)}, not {value!r}")


class Merged:
    """Archives as one: what its header says, and the chunks as it holds them.

    Args:
        archives: Opened, sound, with the paths that messages name.
        options: How they are joined.

    Attributes:
        archives: Those that have images; all where none has.
        named: Whether images have names.
        metadata: Of all archives.

    Raises:
        CorruptFileError: One is damaged.
        InvalidArgumentError: They do not fit together.
    """

    def __init__(self, archives: Sequence[Archive], options: JoinOptions) -> None:
        for archive in archives:
            if archive.damage:
                raise CorruptFileError(archive.damage, archive.path)
        self.archives = [archive for archive in archives if len(archive)] or list(archives)
        self.options = options
        self.ids = _ids_of(archives)
        if len(self.ids) > MAX_MODELS:
            raise InvalidArgumentError(
                f"together they have {len(self.ids)} models, and an archive has at most "
                f"{MAX_MODELS}; join fewer of them"
            )
        self.named = self._whether_named()
        self.labels = self._labels() if options.labels else None
        self.split = self._whether_split()
        self.metadata = self._metadata() if options.metadata else {}

    def _whether_named(self) -> bool:
        if self.options.names != KEEP:
            return self.options.names == FOLDERS
        self._check_alike("names", "--names none", [one.named for one in self.archives])
        return self.archives[0].named

    def _whether_split(self) -> bool:
        if self.options.splits == NONE:
            return False
        own = [{run.name for run in archive.split_runs} for archive in self.archives]
        if self.options.splits == FILES:
            own = [{stem(archive)} for archive in self.archives]
        else:
            advice = "--splits files to make each archive a split, or --splits none"
            self._check_alike("splits", advice, [bool(names) for names in own])
        seen: dict[str, Archive] = {}
        for archive, names in zip(self.archives, own, strict=True):
            for name in sorted(names):
                other = seen.setdefault(name, archive)
                if other is not archive and self.options.splits != MERGE:
                    raise InvalidArgumentError(
                        f"has a split {name!r}, as {other.path} has; use --splits merge to make "
                        "them one split, or --splits none",
                        archive.path,
                    )
        return any(own)

    def _check_alike(self, what: str, advice: str, having: Sequence[bool]) -> None:
        """Refuse archives of which some have something and others have not."""
        if len(set(having)) > 1:
            with_, without = (self.archives[having.index(has)].path for has in (True, False))
            raise InvalidArgumentError(f"has no {what}, and {with_} has; use {advice}", without)

    def _labels(self) -> LabelType | None:
        kinds = [archive.label_type for archive in self.archives]
        self._check_alike("labels", "--no-labels", [kind is not None for kind in kinds])
        found = kinds[0]
        for archive, kind in zip(self.archives, kinds, strict=True):
            if found is None or kind is None:
                return None
            try:
                found = joined_type(found, kind)
            except InvalidArgumentError as error:
                first = self.archives[0].path
                text = f"does not fit {first}: {error.detail}; convert them, or use --no-labels"
                raise InvalidArgumentError(text, archive.path) from error
        return found

    def _metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for archive in self.archives:
            for key, value in archive.metadata.items():
                if found.setdefault(key, value) != value:
                    raise InvalidArgumentError(
                        f"has {value!r} for {key!r} in its metadata, and others have "
                        f"{found[key]!r}; use --no-metadata to leave metadata out",
                        archive.path,
                    )
        return found

    def writer(self, file: Sink) -> ContainerWriter:
        """Begin an .aez file of all."""
        titles = self._of_models([archive.titles for archive in self.archives], "")
        bodies = self._of_models([[b for _, b in one.models] for one in self.archives], b"")
        wanted = self.labels is not None or self.split or bool(self.metadata)
        extras = Extras(self.labels, tuple(titles)) if wanted else None
        return ContainerWriter(file, self.ids, named=self.named, models=bodies, extras=extras)

    def _of_models(self, found: Sequence[Sequence[Value]], nothing: Value) -> list[Value]:
        """Something of each model, from the first archive that has it."""
        known: dict[bytes, Value] = {}
        for archive, values in zip(self.archives, found, strict=True):
            for (model_id, _), value in zip(archive.models, values, strict=True):
                known[model_id] = known.get(model_id) or value
        return [known.get(model_id, nothing) for model_id in self.ids]

    def coders(self) -> LazyCoders:
        """The coders of all models. Raises UnknownModelError."""
        found = {
            model_id: builder
            for archive in self.archives
            for (model_id, _), builder in zip(
                archive.models, archive.coders.builders(), strict=True
            )
        }
        return LazyCoders([found[model_id] for model_id in self.ids])

    def chunk(self, archive: Archive, number: int) -> Chunk:
        """A chunk of one of the archives as it is in the joined one."""
        chunk = archive.read_chunk(number)
        names: tuple[str, ...] = ()
        if self.named:
            front = f"{stem(archive)}/" if self.options.names == FOLDERS else ""
            names = tuple(front + name for name in names_of(archive, number, chunk))
        labels: tuple[Label, ...] = ()
        if self.labels and archive.label_type:
            labels = converted(chunk.labels, archive.label_type, self.labels)
        positions = [self.ids.index(model_id) for model_id, _ in archive.models]
        return replace(moved(chunk, positions), names=names, labels=labels)


def _ids_of(archives: Sequence[Archive]) -> tuple[bytes, ...]:
    """The ids of all models; the last of the first archive stays last, where it has several."""
    ids = list(dict.fromkeys(id_ for archive in archives for id_, _ in archive.models))
    first = [id_ for id_, _ in archives[0].models] if archives else []
    if len(first) > 1:
        ids.sort(key=first[-1].__eq__)
    return tuple(ids)


def stem(archive: Archive) -> str:
    """What the file of an archive is called, without `.aez`."""
    name = to_path(archive.path or "").name
    return name[: -len(".aez")] if name.lower().endswith(".aez") else name
