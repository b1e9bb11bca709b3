"""The transform kind: a few dozen integer latents an image, coded under a learned prior."""

from aecodec.kinds.transform.coder import TransformCoder

__all__ = ["TransformCoder"]
