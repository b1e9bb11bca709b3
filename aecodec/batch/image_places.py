"""Where the images of an archive go in a folder: by their names, or by splits and classes."""

from aecodec.archive import Archive
from aecodec.batch.aez_files import names_of
from aecodec.batch.wanted import Selection
from aecodec.container import Chunk
from aecodec.files import file_part
from aecodec.labels import class_folders


class ImagePlaces:
    """The path of each image of an archive below the folder that it is decompressed into.

    Images with names go where these say. Others are called by their numbers, in a folder of their
    split and in it in one of their class, where there are such: so they come in again with both.
    Where they were chosen by their names, split or label, that needs no folder.

    Args:
        archive: The archive.
        selection: Which of its images are taken.

    Attributes:
        folders: The folder of each label; empty where images go into none.
        splits: That of each split.
    """

    def __init__(self, archive: Archive, selection: Selection) -> None:
        self._archive = archive
        flat, kind = archive.named or bool(selection.names), archive.label_type
        labelled = selection.label is None and not flat
        self.folders = class_folders(kind) if kind and labelled else {}
        self._runs = () if flat or selection.split is not None else archive.split_runs
        self.splits = {run.name: file_part(run.name) for run in self._runs}
        if len(set(self.splits.values())) < len(self.splits):
            self._runs, self.splits = (), {}

    def __call__(self, number: int, chunk: Chunk) -> list[str]:
        """The paths of a chunk's images, by its number."""
        names = names_of(self._archive, number, chunk)
        first, end = self._archive.span(number)
        paths = list(names)
        if self.folders:
            paths = [f"{self.folders[c]}/{n}" for c, n in zip(chunk.labels, names, strict=True)]
        start = 0
        for run in self._runs:
            for place in range(max(start, first), min(start + run.images, end)):
                paths[place - first] = f"{self.splits[run.name]}/{paths[place - first]}"
            start += run.images
        return paths
