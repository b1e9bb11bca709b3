"""Trains the `classic` kind. Face: train_classic, ClassicConfig."""

from aecodec.training.classic.config import ClassicConfig
from aecodec.training.classic.make import train_classic

__all__ = ["ClassicConfig", "train_classic"]
