"""Trains the `pixels` kind. Face: train_pixels, train_few_greys, PixelsConfig."""

from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.make import train_few_greys, train_pixels

__all__ = ["PixelsConfig", "train_few_greys", "train_pixels"]
