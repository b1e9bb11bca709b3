"""Trains the `code16` kind. Face: train_code16, Code16Config."""

from aecodec.training.code16.config import Code16Config
from aecodec.training.code16.make import train_code16

__all__ = ["Code16Config", "train_code16"]
