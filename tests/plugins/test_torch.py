"""PyTorch's loaders read an archive with workers of both start methods, and a training runs."""

import os
import pickle
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from plugin_samples import DIGITS, EXACT, LABELS, check_learned
from torch.utils.data import DataLoader

import aecodec
from aecodec.plugins.shared import SharedImages
from aecodec.plugins.torch import AezDataset, AezIterableDataset


def greys(images: Any) -> list[bytes]:
    return [(image.numpy() * 255).round().astype(np.uint8).tobytes() for image in images]


EXPECTED = sorted(image.tobytes() for image in DIGITS)


def test_samples_are_images_and_labels(archive: Path) -> None:
    data = AezDataset(archive)
    image, label = data[-1]
    assert (len(data), tuple(image.shape), image.dtype) == (25, (1, 28, 28), torch.float32)
    assert (greys([image])[0], label) == (DIGITS[-1].tobytes(), LABELS[-1])
    test = pickle.loads(pickle.dumps(AezDataset(archive, "test")))  # noqa: S301 - our own
    assert [label for _, label in (test[n] for n in range(5))] == LABELS[20:]
    with pytest.raises(IndexError):
        data[25]
    with pytest.raises(aecodec.InvalidArgumentError, match="no split 'val'"):
        AezDataset(archive, "val")
    data.close()
    test.close()


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("kind", [AezDataset, AezIterableDataset])
def test_workers_read_every_image_once(archive: Path, start: str, kind: Any) -> None:
    data = kind(archive)
    data.archive[0]  # opened here, before the workers fork
    loader = DataLoader(data, batch_size=4, num_workers=2, multiprocessing_context=start)
    images = [image for batch, _ in loader for image in greys(batch)]
    assert sorted(images) == EXPECTED
    data.close()


CHUNK = aecodec.Archive.chunk


def logged(log: Path) -> Callable[[aecodec.Archive, int], Any]:
    """Decodes a chunk, slowly, and adds a line to a file."""

    def decode(archive: aecodec.Archive, number: int) -> Any:
        with log.open("a") as file:
            file.write(f"{number}\n")
        time.sleep(0.05)
        return CHUNK(archive, number)

    return decode


@pytest.mark.parametrize(("share", "most"), [(2**30, 5), (0, 2 * 2 * 5)])
def test_workers_and_epochs_share_what_one_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int, most: int
) -> None:
    path, log = tmp_path / "x.aez", tmp_path / "log"
    path.write_bytes(aecodec.compress(DIGITS, model=EXACT, labels=LABELS, chunk_images=5))
    monkeypatch.setattr(aecodec.Archive, "chunk", logged(log))
    data = AezDataset(path, share=share)
    loader = DataLoader(
        data, batch_size=3, shuffle=True, num_workers=2, multiprocessing_context="fork"
    )
    for _ in range(2):
        images = [image for batch, _ in loader for image in greys(batch)]
        assert sorted(images) == EXPECTED
    chunks = log.read_text().split()
    assert sorted(set(chunks)) == list("01234") and 5 <= len(chunks) <= most
    assert (len(chunks) == 5) == (share > 0)
    data.close()


def test_spawned_workers_fill_the_memory_of_their_parent(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    data = AezDataset(archive)
    copy = pickle.loads(pickle.dumps(data))  # noqa: S301 - our own
    loader = DataLoader(data, batch_size=4, num_workers=2, multiprocessing_context="spawn")
    list(loader)
    monkeypatch.setattr(aecodec.Archive, "chunk", logged(log))
    assert greys([data[3][0]]) == [DIGITS[3].tobytes()] and not log.exists()
    assert greys([copy[3][0]]) == [DIGITS[3].tobytes()] and log.read_text() == "0\n"
    data.close()
    copy.close()


def test_a_worker_that_dies_while_it_decodes_leaves_the_chunk_to_others() -> None:
    images = SharedImages(np.array([0, 25]))
    numbers = np.arange(25)
    dying = get_context("fork").Process(target=images.take, args=(numbers, lambda _: os._exit(7)))
    dying.start()
    dying.join()
    assert dying.exitcode == 7
    assert np.array_equal(images.take(numbers, lambda _: DIGITS), DIGITS)


def test_the_shuffle_buffer_changes_the_order_by_the_seed(archive: Path) -> None:
    def order(seed: int) -> list[bytes]:
        torch.manual_seed(seed)
        data = AezIterableDataset(archive, shuffle=10)
        images = greys(image for image, _ in data)
        data.close()
        return images

    assert sorted(order(1)) == EXPECTED
    assert order(1) == order(1) != order(2)


@pytest.mark.parametrize(
    ("kind", "order"), [(AezDataset, {"shuffle": True}), (AezIterableDataset, {})]
)
def test_a_training_runs_from_it(digits: Path, kind: Any, order: dict[str, bool]) -> None:
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    buffer = {} if order else {"shuffle": 40}
    data, losses = kind(digits, "train", **buffer), list[float]()
    for _ in range(15):
        for images, labels in DataLoader(data, batch_size=10, **order):
            loss = torch.nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
    test = kind(digits, "test")
    ((images, labels),) = DataLoader(test, batch_size=20)
    check_learned(losses, float((model(images).argmax(1) == labels).float().mean()))
    data.close()
    test.close()
