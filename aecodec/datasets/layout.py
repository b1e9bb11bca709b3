"""What the folders of image files stand for: splits, classes, or neither."""

from collections.abc import Iterable

from aecodec.datasets.source import SPLIT_NAMES
from aecodec.errors import InvalidImageError

_MOST_WRAPPERS = 3


def lies_in(path: str, split: str, title: str | None) -> bool:
    """Whether a file lies in the folder of a split and of a class, where there are such.

    >>> lies_in("training/cat/1.png", "train", "cat"), lies_in("cat/1.png", "train", "cat")
    (True, False)
    """
    folders = path.split("/")[:-1]
    if title is not None and folders[-1:] != [title]:
        return False
    return not split or split in [SPLIT_NAMES.get(folder.lower()) for folder in folders]


class Layout:
    """The splits and classes that folders stand for.

    Folders called `train`, `test`, `validation` and their kin are splits where all folders beside
    them are; below a split, or without splits, different folders are classes.

    Example:
        >>> layout = Layout({"set/train/a", "set/train/b", "set/test/a"})
        >>> layout.splits, layout.class_names
        (('train', 'test'), ('a', 'b'))
        >>> layout.place("set/test/a/1.png")
        ('test', 0)

    Attributes:
        splits: The names of the splits; one empty name without splits.
        folders: The different folders below the splits, sorted.
        class_names: The same where they are classes, or None where there is only one.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._depth = 0
        self.splits: tuple[str, ...] = ("",)
        parts = [folder.split("/") if folder else [] for folder in set(folders)]
        for depth in range(_MOST_WRAPPERS):
            heads = {path[depth] if len(path) > depth else "" for path in parts}
            if heads and all(head.lower() in SPLIT_NAMES for head in heads):
                self._depth = depth + 1
                names = [SPLIT_NAMES[head.lower()] for head in sorted(heads)]
                alike = [h for h in sorted(heads) if names.count(SPLIT_NAMES[h.lower()]) > 1]
                if alike:
                    text = f"two folders for one split: {', '.join(alike)}; rename one"
                    raise InvalidImageError(text)
                order = dict.fromkeys(SPLIT_NAMES.values())
                self.splits = tuple(name for name in order if name in names)
            if len(heads) != 1:
                break
        self.folders = tuple(sorted({"/".join(path[self._depth :]) for path in parts}))
        self.class_names = self.folders if len(self.folders) > 1 else None
        self._numbers = {name: number for number, name in enumerate(self.folders)}

    def place(self, path: str) -> tuple[str, int]:
        """The split of a file, and the number of its class."""
        folders = path.split("/")[:-1]
        split = SPLIT_NAMES[folders[self._depth - 1].lower()] if self._depth else ""
        return split, self._numbers["/".join(folders[self._depth :])]
