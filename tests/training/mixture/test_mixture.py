"""The images that the script draws, the list of packages, and how images are cut and spoilt."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecodec.training.mixture import build, packages, pictures, render


@pytest.mark.parametrize("sort", build.DRAWN)
def test_drawn_images_are_new_each_time_and_the_same_for_a_seed(sort: str) -> None:
    first, again = (build._make(Path(), "script", sort, False, 40, 1) for _ in range(2))
    other = build._make(Path(), "script", sort, True, 40, 1)
    assert first.images.shape == (40, 28, 28)
    assert len(np.unique(first.images.reshape(40, -1), axis=0)) == 40
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)


def test_every_sort_has_packages_to_train_on_and_others_to_validate_on() -> None:
    listed = packages.listed()
    assert len({package.name for package in listed}) == len(listed)
    for sort in build.SORTS.keys() - set(build.DRAWN):
        assert {p.held_out for p in listed if p.sort == sort} == {False, True}
    assert {p.sort for p in listed} <= build.SORTS.keys()


def test_photographs_are_cut_from_every_picture_of_a_folder(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for name in ("a.png", "b.jpg"):
        Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "broken.png").write_bytes(b"no picture" * 100)
    made = list(pictures.photographs(tmp_path, 30, rng))
    assert len(made) >= 20
    assert all(image.shape == (28, 28) for image in made)


def test_greys_outside_the_range_are_clipped() -> None:
    assert render.to_bytes(np.array([-3.0, 0.4, 254.6, 400.0])).tolist() == [0, 0, 255, 255]
