"""Which levels can be trained, and for how long."""

EPOCHS = {
    "classic": 90,
    "x392": 28,  # rounds, between its fixed beginning and end
    "q3": 40,  # before those that start from it
    "q2": 14,
    "q1": 12,
    "q4": 14,
    "q5": 14,
}
FEW_IMAGES = 20_000
FEW_EPOCHS = {"classic": 45}  # for fewer images than that


def default_epochs(level: str, images: int) -> int:
    """How many epochs a level is trained for on a number of images."""
    few = FEW_EPOCHS if images < FEW_IMAGES else {}
    return few.get(level, EPOCHS[level])
