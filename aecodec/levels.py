"""The levels: short names for the operating points of a family, one row each.

A new level is one more row. Model files are called FAMILY-LEVEL, and a family may have levels of
its user's own that are not listed here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """One operating point.

    Attributes:
        name: What `--level` takes and what a model file's name ends in.
        kind: The kind of its models, a key of `kinds.KINDS`.
        about: What it is for, a phrase without a full stop.
        preference: Its place among the defaults: a family's default is its level of the lowest.
        trainable: Whether `aecodec train` can make it.
    """

    name: str
    kind: str
    about: str
    preference: int
    trainable: bool = True


# from the fewest bytes to the smallest error: the order in which people are shown them
LEVELS = (
    Level("classic", "classic", "a byte for each latent of a plain auto-encoder, mostly two", 1),
    Level("x392", "code16", "two bytes an image: the nearest of 65,536 learned images", 0),
    Level("q1", "transform", "learned transform, smallest files", 5),
    Level("q2", "transform", "learned transform, small files", 3),
    Level("q3", "transform", "learned transform, the middle of q1 to q5", 2),
    Level("q4", "transform", "learned transform, small errors", 4),
    Level("q5", "transform", "learned transform, smallest errors", 6),
)
BY_NAME = {level.name: level for level in LEVELS}
DEFAULTS = tuple(level.name for level in sorted(LEVELS, key=lambda level: level.preference))


def sorted_levels(names: list[str]) -> list[str]:
    """Sort names of levels: those listed here first and in their order, others by the alphabet.

    Example:
        >>> sorted_levels(["q3", "mine", "classic"])
        ['classic', 'q3', 'mine']
    """
    places = {level.name: place for place, level in enumerate(LEVELS)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))
