"""Which family has the images: `--model auto`, the default where several families ship."""

import io
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import K2, K3, ROOT, fails, folder_of, ok, pattern, save
from numpy.typing import NDArray

import aecodec
from aecodec import library, model_file
from aecodec.distortion import squared_errors
from aecodec.model_file import Model
from aecodec.selection import SAMPLE_IMAGES, choose, choose_each, make_plans, sample

Images = NDArray[np.uint8]
MANY = pattern(40)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ships, for this test: the families mnist and fashion, at the level x392."""
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(K2, folder / "mnist-x392.aem")
    shutil.copy(K3, folder / "fashion-x392.aem")
    monkeypatch.setattr(library, "shipped_folder", lambda: folder)
    monkeypatch.setenv("AECODEC_MODELS", "")
    return folder


def errors(images: Images, model: str) -> list[int]:
    decoded = aecodec.decompress(aecodec.compress(images, model=model))
    found: list[int] = squared_errors(images, decoded).tolist()
    return found


def family(data: bytes) -> str:
    ids = {
        model_file.read_model(K2).id.hex(): "mnist",
        model_file.read_model(K3).id.hex(): "fashion",
    }
    with aecodec.Archive(io.BytesIO(data)) as archive:
        return " ".join(ids.get(text, "stored") for text in archive.summary()["models"])


def typical_of_mnist(folder: Path, limit: int) -> None:
    """Let the shipped digits' model say that 99 % of its validation images stay below `limit`."""
    arrays = dict(model_file.read_model(K2).arrays)
    arrays["stats.validation_sse"] = np.array([0, limit, 2**31, 2**31], np.uint32)
    (folder / "mnist-x392.aem").write_bytes(Model("classic", arrays).to_bytes())


# ------------------------------------------------------------------------------------ an archive


@pytest.mark.usefixtures("weights")
def test_an_archive_has_the_family_of_least_error() -> None:
    found = set()
    for start in range(0, 40, 4):
        images = MANY[start : start + 4]
        totals = {name: sum(errors(images, name)) for name in ("mnist", "fashion")}
        best = min(totals, key=totals.__getitem__)
        data = aecodec.compress(images)
        assert data == aecodec.compress(images, model="auto")
        assert data == aecodec.compress(images, model=best)
        found.add(best)
    assert found == {"mnist", "fashion"}


@pytest.mark.usefixtures("weights")
def test_equal_errors_take_the_first_by_name(weights: Path) -> None:
    shutil.copy(K2, weights / "fashion-x392.aem")
    plan, comparison = choose(make_plans(), MANY)
    assert plan.family == "fashion"
    assert len(set(comparison.losses.values())) == 1


@pytest.mark.usefixtures("weights")
def test_a_sample_decides_and_is_spread_evenly() -> None:
    assert sample(0) == []
    assert sample(3) == [0, 1, 2]
    assert sample(SAMPLE_IMAGES) == list(range(SAMPLE_IMAGES))
    numbers = sample(10_000)
    assert len(set(numbers)) == SAMPLE_IMAGES
    assert set(np.diff(numbers)) == {39, 40}
    better = {name: errors(MANY, name) for name in ("mnist", "fashion")}
    gain = np.array(better["mnist"]) - better["fashion"]
    digit, shoe = MANY[gain.argmin()], MANY[gain.argmax()]
    images = np.stack([digit] * 600)
    images[sample(600)] = shoe
    assert family(aecodec.compress(images)) == "fashion"
    images[sample(600)], images[1] = digit, shoe
    assert family(aecodec.compress(images)) == "mnist"


@pytest.mark.usefixtures("weights")
def test_within_a_bound_the_smallest_wins() -> None:
    images = MANY[:8]
    for max_mse in (0.1, 0.2, 1):
        sizes = {
            name: len(aecodec.compress(images, model=name, max_mse=max_mse))
            for name in ("mnist", "fashion")
        }
        data = aecodec.compress(images, max_mse=max_mse)
        assert len(data) == min(sizes.values())
    assert family(data) == "mnist"  # two bytes an image, not three


@pytest.mark.usefixtures("weights")
def test_no_images_are_the_default_familys() -> None:
    none = np.zeros((0, 28, 28), np.uint8)
    for max_mse in (None, 0.1):
        assert family(aecodec.compress(none, max_mse=max_mse)).startswith("mnist")


# ---------------------------------------------------------------------- without a comparison


def test_typical_images_are_not_compared_and_cost_no_second_model(weights: Path) -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 1:27, 1:27] = pattern(1)[0, 1:27, 1:27]
    (error,) = errors(image, "mnist")
    (weights / "fashion-x392.aem").write_bytes(b"unreadable")
    typical_of_mnist(weights, error)
    assert family(aecodec.compress(image)) == "mnist"
    assert choose_each(make_plans(), image)[1].inliers == 1
    typical_of_mnist(weights, error - 1)
    with pytest.raises(aecodec.InvalidModelError, match="fashion-x392"):
        aecodec.compress(image)
    typical_of_mnist(weights, 2**31)
    for y, x in ((0, 5), (27, 5), (5, 0), (5, 27)):
        framed = image.copy()
        framed[0, y, x] = 1
        with pytest.raises(aecodec.InvalidModelError, match="fashion-x392"):
            aecodec.compress(framed)


def test_nine_typical_images_in_ten_decide(weights: Path) -> None:
    images = np.zeros((10, 28, 28), np.uint8)
    images[:, 1:27, 1:27] = pattern(1)[0, 1:27, 1:27]
    images[0, 0] = 255
    (weights / "fashion-x392.aem").write_bytes(b"unreadable")
    typical_of_mnist(weights, 2**31)
    assert family(aecodec.compress(images)) == "mnist"
    images[1, 0] = 255
    with pytest.raises(aecodec.InvalidModelError, match="fashion-x392"):
        aecodec.compress(images)


def test_one_family_that_ships_is_taken_unasked(weights: Path) -> None:
    (weights / "fashion-x392.aem").unlink()
    (plan,) = make_plans()
    assert plan.models[0].stem == "mnist-x392"
    assert choose([plan], MANY)[1].compared == 0


def test_a_family_without_the_level_takes_no_part(weights: Path) -> None:
    shutil.copy(K2, weights / "mnist-k2.aem")
    shutil.copy(K3, weights / "fashion-k3.aem")
    assert family(aecodec.compress(MANY, "k2")) == "mnist"
    assert family(aecodec.compress(MANY, "k3")) == "fashion"
    assert [len(plan.models) for plan in make_plans(bound=1)] == [2, 2]
    with pytest.raises(aecodec.UnknownModelError, match="mnist has no level 'none', only x392, k2"):
        aecodec.compress(MANY, "none")


def test_only_what_ships_takes_part(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv("AECODEC_MODELS", str(own))
    shutil.copy(K3, own / "mine-x392.aem")
    shutil.copy(K2, own / "fashion-x392.aem")
    plans = make_plans()
    assert [plan.models[0] for plan in plans] == sorted(weights.glob("*-x392.aem"))
    shutil.copy(K3, own / "mnist-x392.aem")  # the default, replaced by the user's own
    assert [plan.models[0] for plan in make_plans()] == [own / "mnist-x392.aem"]


# ------------------------------------------------------------------------------- image by image


@pytest.mark.usefixtures("weights")
def test_each_image_by_itself_has_what_a_file_of_its_own_has() -> None:
    plans = make_plans()
    numbers, comparison = choose_each(plans, MANY)
    alone = [family(aecodec.compress(image)) for image in MANY]
    assert [plans[number].family for number in numbers] == alone
    assert set(alone) == {"mnist", "fashion"}
    assert comparison.compared == 40
    assert comparison.losses == {name: sum(errors(MANY, name)) for name in ("mnist", "fashion")}


# --------------------------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which a copy of the package ships two tiny families."""
    root = tmp_path_factory.mktemp("package")
    shutil.copytree(
        ROOT / "aecodec", root / "aecodec", ignore=shutil.ignore_patterns("weights", "__pycache__")
    )
    (root / "weights").mkdir()
    shutil.copy(K2, root / "weights/mnist-x392.aem")
    shutil.copy(K3, root / "weights/fashion-x392.aem")
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path, "AECODEC_MODELS": ""}


@pytest.mark.usefixtures("weights")
def test_the_command_tells_what_it_took_and_why(package: dict[str, str], tmp_path: Path) -> None:
    folder_of(tmp_path / "in", MANY[:9])
    args = ("compress", tmp_path / "in", "-o", tmp_path / "x.aez", "--no-names")
    done = ok(*args, "--json", env=package, cwd=tmp_path)
    data = aecodec.compress(MANY[:9])
    assert (tmp_path / "x.aez").read_bytes() == data
    report = json.loads(done.stdout)
    assert report["models"] == {f"{family(data)}-x392": 9}
    assert report["auto"]["tried"] == 9
    for name in ("mnist", "fashion"):
        mse = sum(errors(MANY[:9], name)) / (9 * 784 * 255**2)
        assert report["auto"]["mse"][name] == pytest.approx(mse)
    text = ok(*args, "-f", "-v", "-j", "2", env=package, cwd=tmp_path).stderr.decode()
    assert "after 9 images tried with each (MSE an image: " in text
    assert (tmp_path / "x.aez").read_bytes() == data
    text = ok(*args, "-f", "-v", "--max-mse", "0.2", env=package, cwd=tmp_path).stderr.decode()
    assert "after 9 images tried with each (bytes an image: " in text
    named = ok(*args, "-f", "-v", "--model", "mnist", env=package, cwd=tmp_path)
    assert b"family:" not in named.stderr


@pytest.mark.usefixtures("weights")
def test_file_by_file_each_has_its_own_family(package: dict[str, str], tmp_path: Path) -> None:
    folder_of(tmp_path / "in", MANY[:12])
    args = ("compress", tmp_path / "in", "-o", tmp_path / "out")
    report = json.loads(ok(*args, "--json", env=package, cwd=tmp_path).stdout)
    assert set(report["models"]) == {"mnist-x392", "fashion-x392"}
    assert len(report["model_ids"]) == 2
    for number, image in enumerate(MANY[:12]):
        path = tmp_path / f"out/{number:02}.aez"
        assert path.read_bytes() == aecodec.compress(image)
    again = json.loads(ok(*args, "--json", env=package, cwd=tmp_path).stdout)
    assert (again["auto"], again["models"]) == (report["auto"], report["models"])


@pytest.mark.usefixtures("weights")
def test_standard_input_has_the_family_that_its_file_would_have(
    package: dict[str, str], tmp_path: Path
) -> None:
    for number in range(4):
        png = save(tmp_path / "x.png", MANY[number])
        done = ok("compress", "-", "-v", stdin=png.read_bytes(), env=package, cwd=tmp_path)
        assert done.stdout == aecodec.compress(MANY[number])
        assert b"after 1 image tried" in done.stderr


@pytest.mark.usefixtures("weights")
def test_an_unreadable_image_of_the_sample_is_told_once(
    package: dict[str, str], tmp_path: Path
) -> None:
    folder_of(tmp_path / "in", MANY[:4])
    (tmp_path / "in/01.png").write_bytes(b"no image")
    text = fails("compress", tmp_path / "in", "-v", env=package, cwd=tmp_path)
    assert text.count("01.png") == 1
    assert "after 3 images tried" in text
