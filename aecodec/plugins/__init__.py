"""Plugins: .aez files where people already work, a module a library.

None is imported unless asked for, and each imports its library: `aecodec.plugins.pillow`,
`.numcodecs`, `.zarr`, `.torch`, `.tensorflow`, `.huggingface`. What needs none is `load_data`.
"""

from aecodec.plugins.keras import load_data

__all__ = ["load_data"]
