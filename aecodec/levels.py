"""The levels: short names for the operating points of a family, one row each.

A new level is one more row. Model files are called FAMILY-LEVEL, and a family may have levels of
its user's own that are not listed here.
"""

from typing import NamedTuple


class Training(NamedTuple):
    """How `aecodec train` makes a level.

    Attributes:
        epochs: Passes over the images.
        few_epochs: The same for a small training set, where that differs.
        start: The level whose trained latents this one goes on from.
        weight: Of a squared error against bits, where the level trades one for the other.
        rate: The learning rate, where it is the level's own.
        worth: What a bit is worth, in squared grey levels, where images get few grey levels.
        floats: The suffix of the float model's file.
    """

    epochs: int
    few_epochs: int | None = None
    start: str | None = None
    weight: float = 0.0
    rate: float = 0.0
    worth: int = 0
    floats: str = ".npz"


class Level(NamedTuple):
    """One operating point.

    Attributes:
        name: What `--level` takes and what a model file's name ends in.
        kind: The kind of its models, a key of `kinds.KINDS`; where images have originals, those
            of `lossless` are of the kind `scan`, and in few grey levels all are of `pixels`.
        about: What it is for, a phrase without a full stop.
        preference: Its place among the defaults: a family's default is its level of the lowest.
        training: How `aecodec train` makes it, or None where it cannot.
    """

    name: str
    kind: str
    about: str
    preference: int
    training: Training | None = None


# from the fewest bytes to the smallest error: the order in which people are shown them
LEVELS = (
    Level(
        "classic",
        "classic",
        "a byte for each latent of a plain auto-encoder, mostly two",
        1,
        Training(90, few_epochs=45, floats=".keras"),
    ),
    Level(
        "x392",
        "code16",
        "two bytes an image: the nearest of 65,536 learned images",
        0,
        Training(28, start="q3"),
    ),
    Level(
        "q1",
        "transform",
        "learned transform, smallest files",
        5,
        Training(12, None, "q2", 1.75, 2.5e-3, 4000),
    ),
    Level(
        "q2",
        "transform",
        "learned transform, small files",
        3,
        Training(14, None, "q3", 5.0, 2.5e-3, 1400),
    ),
    Level(
        "q3",
        "transform",
        "learned transform, the middle of q1 to q5",
        2,
        Training(40, None, None, 15.0, 4e-3, 500),
    ),
    Level(
        "q4",
        "transform",
        "learned transform, small errors",
        4,
        Training(14, None, "q3", 45.0, 3e-3, 170),
    ),
    Level(
        "q5",
        "transform",
        "learned transform, smallest errors",
        6,
        Training(14, None, "q4", 135.0, 2.5e-3, 60),
    ),
    Level(
        "lossless",
        "pixels",
        "exact: every pixel as it was",
        7,
        Training(4, few_epochs=12),
    ),
)
BY_NAME = {level.name: level for level in LEVELS}
TRAINED = {level.name: level.training for level in LEVELS if level.training is not None}
DEFAULTS = tuple(level.name for level in sorted(LEVELS, key=lambda level: level.preference))
LOSSLESS = "lossless"  # the level whose models give every pixel back
# where a command is given no level
TO_TRAIN = "classic"
EXPLORED = "classic"  # two latents, which a plane shows whole


def preference(name: str) -> int:
    """The place of a level among DEFAULTS; levels that are not listed here come last.

    Example:
        >>> preference(DEFAULTS[0]), preference("mine") == len(DEFAULTS)
        (0, True)
    """
    return DEFAULTS.index(name) if name in DEFAULTS else len(DEFAULTS)


def sorted_levels(names: list[str]) -> list[str]:
    """Sort names of levels: those listed here first and in their order, others by the alphabet.

    Example:
        >>> sorted_levels(["q3", "mine", "classic"])
        ['classic', 'q3', 'mine']
    """
    places = {level.name: place for place, level in enumerate(LEVELS)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))
