"""Trains the `pixels` kind. Face: train_pixels, PixelsConfig."""

from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.make import train_pixels

__all__ = ["PixelsConfig", "train_pixels"]
