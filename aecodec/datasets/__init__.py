"""Data sets of 28x28 grey images: folders of image files, IDX, npy and npz."""

from aecodec.datasets.load import Dataset, load_dataset

__all__ = ["Dataset", "load_dataset"]
