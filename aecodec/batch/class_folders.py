"""Folders of image files that are splits and classes, as `aecodec.datasets` reads them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aecodec.batch.sources import Sources
from aecodec.container import MAX_LABEL_VALUES, Extras, Label, LabelType
from aecodec.errors import InvalidImageError

if TYPE_CHECKING:  # it brings what reads every format: a folder without folders does without
    from aecodec.datasets import Layout


@dataclass(frozen=True)
class ClassFolders:
    """What the folders that image files lie in stand for.

    Attributes:
        layout: Their splits and classes.
        label_type: What the labels are, which are numbers of classes; None without classes.
    """

    layout: "Layout"
    label_type: LabelType | None

    @property
    def extras(self) -> Extras:
        """What an archive of the images needs to know at its start."""
        return Extras(self.label_type)

    @property
    def is_split(self) -> bool:
        """Whether there are splits."""
        return self.layout.splits != ("",)

    def split(self, name: str) -> str:
        """The split of a file; empty without splits."""
        return self.layout.place(name)[0]

    def label(self, name: str) -> Label:
        """The number of a file's class."""
        return self.layout.place(name)[1]


def with_folders(sources: Sources, known: Collection[str] = ()) -> Sources:
    """The same image files with what their folders stand for.

    Splits are what the loaders of data sets take for splits. Folders are classes where each image
    lies in one, none deeper than the others, and where that is what they are for: some hold
    several images, or they are below splits, or all are called as classes that are known already.
    Of several inputs, which may be any folders, only the latter two tell.

    Args:
        sources: The files.
        known: Names of classes.
    """
    counts = Counter(sources.folder(number) for number in range(len(sources)))
    if not any(counts):
        return sources
    from aecodec.datasets import Layout

    try:
        layout = Layout(counts)
    except InvalidImageError as error:
        return replace(sources, notes=(f"splits and labels are not kept: {error.detail}",))
    found = ClassFolders(layout, None)
    one_input = len(set(sources.origins)) == 1
    clear = found.is_split or (one_input and max(counts.values()) > 1)
    if _are_classes(layout.folders, known, clear=clear):
        kind = LabelType("i8", 0, tuple(range(len(layout.folders))), layout.folders)
        if fault := kind.fault():
            return replace(sources, notes=(f"labels are not kept: {fault}",))
        found = replace(found, label_type=kind)
    return replace(sources, folders=found) if found.is_split or found.label_type else sources


def _are_classes(folders: Collection[str], known: Collection[str], *, clear: bool) -> bool:
    if any("/" in folder or not folder for folder in folders):
        return False
    if set(folders) <= set(known):
        return True
    return clear and 1 < len(folders) <= MAX_LABEL_VALUES
