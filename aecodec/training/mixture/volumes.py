"""Slices and projections of head scans: the look of CT, MRI and x-ray images."""

import plistlib
import tarfile
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image
from scipy.ndimage import affine_transform, gaussian_filter

from aecodec.training.arrays import Floats
from aecodec.training.mixture import render

SIDE = 160  # of the cube that a volume is scaled to
LEAST = 12  # slices of a volume


def medical(folder: Path, count: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Slices, slabs and x-ray-like projections of every volume below a folder, in turn."""
    volumes = list(_volumes(folder))
    for number, volume in enumerate(volumes):
        share = (count * (number + 1)) // len(volumes) - (count * number) // len(volumes)
        for _ in range(-(-share // 12)):
            turned = _turn(volume, rng)
            for _ in range(12):
                yield _view(turned, rng)


def _view(cube: Floats, rng: np.random.Generator) -> Floats:
    """One image: a slice, the mean or the maximum of a slab, or the projection of everything."""
    depth = len(cube)
    thick = int(rng.choice([1, 3, int(rng.integers(5, 40)), depth], p=[0.35, 0.15, 0.2, 0.3]))
    start = 0 if thick == depth else int(rng.integers(depth // 6, depth - depth // 6 - thick // 2))
    slab = cube[start : start + thick]
    flat = slab.max(0) if rng.random() < 0.15 else slab.mean(0)
    if thick >= depth // 3 and rng.random() < 0.5:
        flat = 1 - np.exp(-rng.uniform(1, 4) * flat / max(flat.max(), 1e-6))
    low, high = np.quantile(flat, [rng.uniform(0, 0.1), rng.uniform(0.97, 1)])
    grey = Image.fromarray(render.to_bytes((flat - low) / max(high - low, 1e-6) * 255))
    image = render.reduce(render.window(grey, len(flat) * rng.choice([0.3, 0.6]), rng), rng)
    image = 255 - image if rng.random() < 0.15 else image
    if rng.random() < 0.4:
        noise = rng.normal(0, np.exp(rng.uniform(-1, 2.3)), image.shape)
        image = np.asarray(image + noise)
    return render.degrade(render.tone(image, rng, 0.3), rng, 0.2)


def _turn(volume: Floats, rng: np.random.Generator) -> Floats:
    """A volume turned at random, about an axis mostly, sampled as a cube."""
    matrix = np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], 3)[:, None]
    tilt = rng.normal(0, 0.25 if rng.random() < 0.8 else 1.5, (3, 3))
    turn, _ = np.linalg.qr(np.eye(3) + (tilt - tilt.T) / 2)
    matrix = matrix @ turn * rng.uniform(0.85, 1.15)
    side = 96
    matrix = matrix * (np.array(volume.shape)[:, None] / side)
    middle = (np.array(volume.shape) - 1) / 2
    offset = middle - matrix @ np.full(3, (side - 1) / 2)
    cube = affine_transform(volume, matrix, offset, (side,) * 3, np.float32, order=1)
    cube = gaussian_filter(cube, rng.uniform(0, 1)) if rng.random() < 0.3 else cube
    return np.asarray(cube, np.float32)


def _volumes(folder: Path) -> Iterator[Floats]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        if path.name.endswith((".nii", ".nii.gz")):
            values = np.asanyarray(nibabel.load(path).dataobj)
        elif path.suffix == ".inv3":
            values = _invesalius(path)
        else:
            continue
        while values.ndim > 3:
            values = values[..., 0]
        if values.ndim == 3 and min(values.shape) >= LEAST and values.dtype.names is None:
            yield from _windows(values.astype(np.float32), path.suffix == ".inv3")


def _windows(values: Floats, is_ct: bool) -> Iterator[Floats]:
    """A volume in 0 to 1; one of CT twice, as soft tissue and as bone."""
    for low, high in (
        ((-200, 300), (-600, 1800)) if is_ct else (np.quantile(values, [0.01, 0.998]),)
    ):
        if high > low:
            yield np.clip((values - low) / (high - low), 0, 1)


def _invesalius(path: Path) -> Floats:
    with tarfile.open(path) as archive:
        parts = {Path(m.name).name: m for m in archive.getmembers() if m.isfile()}
        settings = plistlib.load(archive.extractfile(parts["main.plist"]))  # type: ignore[arg-type] # a file
        data = archive.extractfile(parts["matrix.dat"]).read()  # type: ignore[union-attr] # a file
    return np.frombuffer(data, np.int16).reshape(settings["matrix"]["shape"])[::2, ::2, ::2]
