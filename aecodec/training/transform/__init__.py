"""Trains the `transform` kind.

Face: train_transform, TransformConfig, curvatures, start_latents.
"""

from aecodec.training.transform.config import TransformConfig
from aecodec.training.transform.curvature import curvatures
from aecodec.training.transform.make import start_latents, train_transform

__all__ = ["TransformConfig", "curvatures", "start_latents", "train_transform"]
