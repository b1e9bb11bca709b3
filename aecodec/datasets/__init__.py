"""Data sets of 28x28 grey images: folders of image files, IDX, npy and npz."""

from aecodec.datasets.dataset import Dataset, Labels, skip_note
from aecodec.datasets.load import load_dataset

__all__ = ["Dataset", "Labels", "load_dataset", "skip_note"]
