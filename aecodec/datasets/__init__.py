"""Data sets of 28x28 grey images, in every form that people hold them in."""

from aecodec.datasets.arrow import column_labels, label_field
from aecodec.datasets.beside import labels_beside
from aecodec.datasets.dataset import Dataset
from aecodec.datasets.image_files import skip_note
from aecodec.datasets.labels import Labels, as_classes
from aecodec.datasets.layout import Layout, lies_in
from aecodec.datasets.load import is_dataset, load_dataset, load_part, load_split_of, open_dataset
from aecodec.datasets.source import Batch, DataSet, Options, Split, chosen_splits
from aecodec.datasets.writing import Contents, labels_path, write_dataset

__all__ = [
    "Batch",
    "Contents",
    "DataSet",
    "Dataset",
    "Labels",
    "Layout",
    "Options",
    "Split",
    "as_classes",
    "chosen_splits",
    "column_labels",
    "is_dataset",
    "label_field",
    "labels_beside",
    "labels_path",
    "lies_in",
    "load_dataset",
    "load_part",
    "load_split_of",
    "open_dataset",
    "skip_note",
    "write_dataset",
]
