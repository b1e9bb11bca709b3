"""The residuals kind: exact images without a model, for patterns, ramps and few colours."""

from aecodec.kinds.registry import KINDS
from aecodec.kinds.residuals.coder import ResidualsCoder

RESIDUALS_ID = KINDS["residuals"].fixed_id

__all__ = ["RESIDUALS_ID", "ResidualsCoder"]
