"""The stored kind: pixels as they are, without a model."""

from aecodec.kinds.registry import KINDS
from aecodec.kinds.stored.coder import StoredCoder

STORED_ID = KINDS["stored"].fixed_id

__all__ = ["STORED_ID", "StoredCoder"]
