"""Trains the `scan` kind, or `pixels` where it is not for the images. Face: train_exact."""

from aecodec.training.scan.make import train_exact

__all__ = ["train_exact"]
