"""A split read from an image on gives what reading it whole gives there."""

from pathlib import Path

import numpy as np
import pytest
from helpers import pattern

from aecodec.datasets import open_dataset

IMAGES = pattern(2500)
LABELS = np.arange(2500)


def write(folder: Path, form: str) -> Path:
    if form == "shards":
        for number, part in enumerate(np.array_split(np.arange(2500), 3)):
            np.savez(folder / f"x-{number}-of-3.npz", images=IMAGES[part], labels=LABELS[part])
        return folder
    path = folder / f"x.{form}"
    if form == "npz":
        np.savez_compressed(path, images=IMAGES, labels=LABELS)
    elif form == "npy":
        np.save(path, np.asfortranarray(IMAGES))
    else:
        rows = np.concatenate([LABELS[:, None], IMAGES.reshape(-1, 784)], 1)
        np.savetxt(path, rows, "%d", ",")
    return path


@pytest.mark.parametrize("form", ["npz", "npy", "csv", "shards"])
def test_a_split_is_read_from_an_image_on(tmp_path: Path, form: str) -> None:
    (split,) = open_dataset(write(tmp_path, form)).splits
    for first in (0, 1, 833, 834, 1024, 2499, 2500):
        batches = list(split.batches(first))
        images = [batch.images for batch in batches] or [IMAGES[:0]]
        assert np.array_equal(np.concatenate(images), IMAGES[first:])
        labels = [batch.labels for batch in batches if batch.labels is not None]
        assert not labels or np.array_equal(np.concatenate(labels), LABELS[first:])
