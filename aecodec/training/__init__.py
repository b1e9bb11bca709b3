"""Training: TensorFlow lives here and nowhere else, and starts only once `train` is called.

What all kinds share is here; each kind that can be trained has a package of its own, and
`importing` makes codecs of networks that were trained elsewhere.
"""

import logging
import os

from aecodec.training.backend import load
from aecodec.training.data import Split, load_split
from aecodec.training.options import IN_FEW_GREYS, LEVELS, TrainingOptions, model_files
from aecodec.training.progress import Display, Progress, Say

__all__ = [
    "IN_FEW_GREYS",
    "LEVELS",
    "Display",
    "Progress",
    "Say",
    "Split",
    "TrainingOptions",
    "load_split",
    "model_files",
    "train",
]

# its start-up chatter and its advice on tracing are no news to a user
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def train(options: TrainingOptions, data: Split, say: Say, display: Display) -> None:
    """Train, export and measure models; write model files, float models and cards.

    Args:
        options: What to train, and where to.
        data: What `load_split` gave.
        say: Called with each line for people.
        display: Opens the display of a level's progress.

    Raises:
        MissingDependencyError: The [train] extra is not installed.
        CheckpointError: There is a checkpoint of another training; nothing was trained yet.
        OutputError: A result cannot be written.
    """
    load(f"{__name__}.run").run(options, data, say, display)
