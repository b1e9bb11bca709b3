"""Which family has the images: `--model auto`, the default where several families ship."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import K2, K3, ROOT, folder_of, ok, pattern
from numpy.typing import NDArray
from tiny import few_greys_model, pixels_model

import aecodec
from aecodec import knowledge, library, model_file, selection
from aecodec.batch.inversion import looks_inverted
from aecodec.distortion import squared_errors
from aecodec.kinds.residuals import RESIDUALS_ID
from aecodec.library import load_codec
from aecodec.model_file import Model
from aecodec.selection import make_plan

Images = NDArray[np.uint8]
MANY = pattern(40)


def without_figures(path: Path) -> bytes:
    """A model that says nothing of its validation images, and so is taken to know all."""
    model = model_file.read_model(path)
    arrays = {name: a for name, a in model.arrays.items() if not name.startswith("stats.")}
    return Model(model.kind, arrays).to_bytes()


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ships, for this test: the families mnist and fashion, at the level x392."""
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(K2, folder / "mnist-x392.aem")
    (folder / "fashion-x392.aem").write_bytes(without_figures(K3))
    monkeypatch.setattr(library, "shipped_folder", lambda: folder)
    monkeypatch.setenv("AECODEC_MODELS", "")
    return folder


@pytest.fixture
def exact(weights: Path) -> Path:
    """A lossless model that ships, for this test."""
    path = weights / "any-lossless.aem"
    path.write_bytes(pixels_model().to_bytes())
    return path


def errors(images: Images, model: str) -> list[int]:
    decoded = aecodec.decompress(aecodec.compress(images, model=model))
    found: list[int] = squared_errors(images, decoded).tolist()
    return found


def owners(data: bytes) -> list[str]:
    """The family of each image of a file, or `exact`, `residuals` or `stored`."""
    names = {
        model_file.read_model(K2).id: "mnist",
        model_file.read_model(K3).id: "fashion",
        pixels_model().id: "exact",
        RESIDUALS_ID: "residuals",
    }
    with aecodec.open(data) as archive:
        models = [names.get(model_id, "stored") for model_id, _ in archive.models]
        chunks = [archive.read_chunk(number) for number in range(archive.chunks)]
    found = [
        chunk.models if len(chunk.models) > 1 else chunk.models * chunk.count for chunk in chunks
    ]
    return [models[number] for numbers in found for number in numbers]


def knows_up_to(folder: Path, name: str, path: Path, limit: int) -> None:
    """Let a shipped model say that its validation images stay within an error."""
    arrays = dict(model_file.read_model(path).arrays)
    arrays["stats.validation_sse"] = np.array([0, limit, limit, limit], np.uint32)
    (folder / f"{name}-x392.aem").write_bytes(Model("classic", arrays).to_bytes())


@pytest.fixture
def no_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the error alone decide: tiny models draw nothing that resembles an image."""
    monkeypatch.setattr(knowledge, "ANY_MODEL", knowledge.Limits())


# ------------------------------------------------------------------------- image by image


@pytest.mark.usefixtures("weights")
def test_each_image_of_an_archive_has_the_family_of_least_error() -> None:
    totals = {name: errors(MANY, name) for name in ("mnist", "fashion")}
    expected = [
        "mnist" if a <= b else "fashion"
        for a, b in zip(totals["mnist"], totals["fashion"], strict=True)
    ]
    assert set(expected) == {"mnist", "fashion"}
    data = aecodec.compress(MANY)
    assert owners(data) == expected
    assert data == aecodec.compress(MANY, model="auto")
    decoded = aecodec.decompress(data)
    assert squared_errors(MANY, decoded).tolist() == list(
        map(min, totals["mnist"], totals["fashion"])
    )
    assert [owners(aecodec.compress(image))[0] for image in MANY] == expected
    assert owners(aecodec.compress(MANY[::-1])) == expected[::-1]


def test_of_equal_errors_the_default_family_wins(weights: Path) -> None:
    shutil.copy(K2, weights / "fashion-x392.aem")
    assert make_plan().choose(MANY).coders.tolist() == [0] * 40


@pytest.mark.usefixtures("weights")
def test_within_a_bound_each_image_has_the_cheapest_of_all_families() -> None:
    two = errors(MANY, "mnist")
    three = errors(MANY, "fashion")
    bound = int(np.median(np.minimum(two, three)))
    expected = [
        "mnist" if a <= bound else "fashion" if b <= bound else "residuals"
        for a, b in zip(two, three, strict=True)
    ]
    assert set(expected) == {"mnist", "fashion", "residuals"}
    assert owners(aecodec.compress(MANY, max_mse=(bound + 0.5) / (784 * 255**2))) == expected


@pytest.mark.usefixtures("weights")
def test_a_bound_of_nothing_keeps_every_pixel() -> None:
    assert np.array_equal(aecodec.decompress(aecodec.compress(MANY, max_mse=0)), MANY)


@pytest.mark.usefixtures("weights")
def test_no_images_are_the_default_familys() -> None:
    none = np.zeros((0, 28, 28), np.uint8)
    for max_mse in (None, 0.1):
        assert len(aecodec.decompress(aecodec.compress(none, max_mse=max_mse))) == 0


# ------------------------------------------------------------------------- what no model knows


def no_one_knows(folder: Path) -> None:
    """Let both families that ship say that they know no image."""
    knows_up_to(folder, "mnist", K2, 0)
    knows_up_to(folder, "fashion", K3, 0)


@pytest.mark.usefixtures("no_shares", "exact")
def test_what_no_family_knows_is_kept_exactly(weights: Path) -> None:
    two, three = errors(MANY, "mnist"), errors(MANY, "fashion")
    limit = int(np.quantile(np.minimum(two, three), 0.6))
    knows_up_to(weights, "mnist", K2, limit)
    knows_up_to(weights, "fashion", K3, limit)
    expected = [
        "mnist" if a <= limit else "fashion" if b <= limit else "kept"
        for a, b in zip(two, three, strict=True)
    ]
    assert set(expected) == {"mnist", "fashion", "kept"}
    for names in (None, [f"{number:02}.png" for number in range(40)]):
        data = aecodec.compress(MANY, names=names)
        kept = np.array(expected) == "kept"
        assert {owners(data)[n] for n in np.flatnonzero(kept)} <= {"exact", "residuals", "stored"}
        assert [owners(data)[n] for n in np.flatnonzero(~kept)] == [
            name for name in expected if name != "kept"
        ]
        assert np.array_equal(aecodec.decompress(data)[kept], MANY[kept])


@pytest.mark.usefixtures("no_shares", "exact")
def test_what_is_kept_has_the_cheapest_exact_model(weights: Path) -> None:
    no_one_knows(weights)
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (2, 28, 28)).astype(np.uint8)
    flat = np.full((2, 28, 28), 90, np.uint8)
    data = aecodec.compress(np.concatenate([noise, flat]))
    assert owners(data) == ["stored", "stored", "residuals", "residuals"]
    assert owners(aecodec.compress(flat[0])) == ["residuals"]
    assert len(aecodec.compress(noise[0])) <= 784 + 26


@pytest.mark.usefixtures("no_shares")
def test_without_a_lossless_model_the_family_of_least_error_has_what_no_one_knows(
    weights: Path,
) -> None:
    before = owners(aecodec.compress(MANY))
    no_one_knows(weights)
    assert owners(aecodec.compress(MANY)) == before
    assert set(before) == {"mnist", "fashion"}


@pytest.mark.usefixtures("no_shares", "exact")
def test_a_level_or_model_that_is_named_is_obeyed(weights: Path) -> None:
    no_one_knows(weights)
    assert set(owners(aecodec.compress(MANY))) <= {"exact", "residuals", "stored"}
    assert set(owners(aecodec.compress(MANY, model="fashion"))) == {"fashion"}
    assert set(owners(aecodec.compress(MANY, "x392"))) == {"mnist", "fashion"}


@pytest.mark.usefixtures("no_shares", "exact")
def test_what_no_family_knows_at_a_level_that_is_named_is_anys(weights: Path) -> None:
    limit = int(np.median(errors(MANY, "mnist")))
    knows_up_to(weights, "mnist", K2, limit)
    knows_up_to(weights, "fashion", K3, 0)
    (weights / "any-x392.aem").write_bytes(few_greys_model().to_bytes())
    plan = make_plan("x392")
    assert [path.stem for path in plan.models] == ["mnist-x392", "fashion-x392", "any-x392"]
    known = squared_errors(MANY, aecodec.decompress(aecodec.compress(MANY, model="mnist"))) <= limit
    expected = np.where(known, 0, 2)
    assert plan.choose(MANY).coders.tolist() == expected.tolist()
    decoded = aecodec.decompress(aecodec.compress(MANY, "x392"))
    drawn = load_codec(weights / "any-x392.aem").coder.codes(MANY)
    assert np.array_equal(decoded[~known], drawn[~known])


@pytest.mark.usefixtures("exact")
def test_the_family_of_every_sort_is_exact_where_no_level_is_named(weights: Path) -> None:
    (weights / "any-q3.aem").write_bytes(few_greys_model().to_bytes())
    assert np.array_equal(aecodec.decompress(aecodec.compress(MANY, model="any")), MANY)
    lossy = aecodec.decompress(aecodec.compress(MANY, "q3", "any"))
    assert set(np.unique(lossy)) <= set(range(0, 256, 17))


@pytest.mark.usefixtures("exact")
def test_a_bound_has_steps_before_exactness(weights: Path) -> None:
    for level, worth in (("q1", 4000), ("q3", 500)):
        (weights / f"any-{level}.aem").write_bytes(few_greys_model(worth, 5).to_bytes())
    images = np.random.default_rng(0).integers(100, 140, (20, 28, 28)).astype(np.uint8)
    sizes = []
    for max_mse in (0.01, 0.001, 0.0):
        data = aecodec.compress(images, model="any", max_mse=max_mse)
        assert (squared_errors(images, aecodec.decompress(data)) <= max_mse * 784 * 255**2).all()
        sizes.append(len(data))
    assert sizes == sorted(set(sizes))


@pytest.mark.usefixtures("weights", "exact")
def test_the_level_lossless_is_exact_for_every_image() -> None:
    images = np.concatenate([MANY[:3], np.full((1, 28, 28), 7, np.uint8)])
    for model in (None, "any"):
        data = aecodec.compress(images, "lossless", model)
        assert np.array_equal(aecodec.decompress(data), images)
        assert owners(data)[3] == "residuals"


@pytest.mark.usefixtures("no_shares")
def test_an_image_that_the_default_knows_loads_no_other_model(weights: Path) -> None:
    image = MANY[:1]
    (error,) = errors(image, "mnist")
    fashion = bytearray((weights / "fashion-x392.aem").read_bytes())
    fashion[-1] ^= 1
    (weights / "fashion-x392.aem").write_bytes(fashion)
    knows_up_to(weights, "mnist", K2, error)
    assert owners(aecodec.compress(image)) == ["mnist"]
    knows_up_to(weights, "mnist", K2, error - 1)
    with pytest.raises(aecodec.InvalidModelError, match="fashion-x392"):
        aecodec.compress(image)


def in_doubt(monkeypatch: pytest.MonkeyPatch, path: Path, *, doubted: bool = True) -> None:
    """Let the model of a file be unsure of every image that it knows, or of none."""
    limits = knowledge.Limits(placed=lambda images: np.full(len(images), not doubted))
    monkeypatch.setitem(knowledge.LIMITS, model_file.read_model(path).id.hex(), limits)


def test_the_likelihood_settles_an_image_in_doubt(
    weights: Path, exact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (2, 28, 28)).astype(np.uint8)
    flat = np.full((2, 28, 28), 90, np.uint8)
    images = np.concatenate([noise[:1], flat, noise[1:]])
    knows_up_to(weights, "mnist", K2, 2**31)
    knows_up_to(weights, "fashion", K3, 0)
    in_doubt(monkeypatch, K2)
    assert owners(aecodec.compress(images)) == ["mnist"] * 4  # no lossless model of the family
    exact.rename(weights / "mnist-lossless.aem")
    data = aecodec.compress(images)
    assert owners(data) == ["stored", "mnist", "mnist", "stored"]
    assert np.array_equal(aecodec.decompress(data)[[0, 3]], noise)
    assert owners(aecodec.compress(images, "x392")) == ["mnist"] * 4
    monkeypatch.setattr(selection, "ODDS", 1000 * selection.ODDS)
    assert owners(aecodec.compress(images)) == ["mnist"] * 4
    (weights / "mnist-lossless.aem").rename(weights / "fashion-lossless.aem")
    assert owners(aecodec.compress(images)) == ["mnist"] * 4


def test_a_sure_image_loads_no_lossless_model(
    weights: Path, exact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = bytearray(exact.read_bytes())
    body[-1] ^= 1
    (weights / "mnist-lossless.aem").write_bytes(body)
    knows_up_to(weights, "mnist", K2, 2**31)
    knows_up_to(weights, "fashion", K3, 0)
    in_doubt(monkeypatch, K2, doubted=False)
    assert owners(aecodec.compress(MANY[:1])) == ["mnist"]
    in_doubt(monkeypatch, K2)
    with pytest.raises(aecodec.InvalidModelError, match="mnist-lossless"):
        aecodec.compress(MANY[:1])


@pytest.mark.usefixtures("exact", "no_shares")
def test_inverted_images_that_are_kept_are_noticed(weights: Path) -> None:
    pair = np.stack([MANY[0], 255 - MANY[0]])
    found = errors(pair, "mnist")
    known, unknown = pair[np.argsort(found)]
    knows_up_to(weights, "mnist", K2, min(found))
    knows_up_to(weights, "fashion", K3, 0)
    plan = make_plan()
    assert plan.knows(np.stack([unknown, known])).tolist() == [False, True]
    assert looks_inverted(plan, [(unknown, 0)])
    assert not looks_inverted(plan, [(known, 0)])


def test_one_family_that_ships_is_taken_unasked(weights: Path) -> None:
    (weights / "fashion-x392.aem").unlink()
    assert [path.stem for path in make_plan().models] == ["mnist-x392"]


def test_a_family_without_the_level_takes_no_part(weights: Path) -> None:
    shutil.copy(K2, weights / "mnist-k2.aem")
    shutil.copy(K3, weights / "fashion-k3.aem")
    assert set(owners(aecodec.compress(MANY, "k2"))) == {"mnist"}
    assert set(owners(aecodec.compress(MANY, "k3"))) == {"fashion"}
    assert len(make_plan(bound=1).models) == 4
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
    assert set(make_plan().models) == set(weights.glob("*-x392.aem"))
    shutil.copy(K3, own / "mnist-x392.aem")  # the default, replaced by the user's own
    assert make_plan().models == (own / "mnist-x392.aem",)


def test_a_model_under_two_names_is_listed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in ("k2", "k3"):
        shutil.copy(K2, tmp_path / f"mine-{level}.aem")
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    data = aecodec.compress(MANY, model="mine", max_mse=0.05, chunk_images=len(MANY) - 1)
    with aecodec.open(data) as archive:
        assert len(archive) == len(MANY)
        assert len({model for model, _ in archive.models}) == len(archive.models)


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
    (root / "weights/fashion-x392.aem").write_bytes(without_figures(K3))
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path, "AECODEC_MODELS": ""}


@pytest.mark.usefixtures("weights")
def test_the_command_makes_what_the_function_makes(package: dict[str, str], tmp_path: Path) -> None:
    folder_of(tmp_path / "in", MANY[:12])
    args = ("compress", tmp_path / "in", "-o", tmp_path / "x.aez", "--no-names")
    report = json.loads(ok(*args, "--json", env=package, cwd=tmp_path).stdout)
    assert (tmp_path / "x.aez").read_bytes() == aecodec.compress(MANY[:12])
    assert set(report["models"]) == {"mnist-x392", "fashion-x392"}
    assert len(report["model_ids"]) == 2
    assert report["kept_exactly"] == 0
    report = json.loads(
        ok(
            "compress", tmp_path / "in", "-o", tmp_path / "out", "--json", env=package, cwd=tmp_path
        ).stdout
    )
    assert set(report["models"]) == {"mnist-x392", "fashion-x392"}
    for number, image in enumerate(MANY[:12]):
        assert (tmp_path / f"out/{number:02}.aez").read_bytes() == aecodec.compress(image)
    png = (tmp_path / "in/03.png").read_bytes()
    assert ok("compress", "-", stdin=png, env=package, cwd=tmp_path).stdout == aecodec.compress(
        MANY[3]
    )


@pytest.mark.usefixtures("weights")
def test_the_command_says_how_many_images_it_kept(package: dict[str, str], tmp_path: Path) -> None:
    root = Path(package["PYTHONPATH"].split(os.pathsep)[0])
    before = (root / "weights/mnist-x392.aem").read_bytes()
    other = (root / "weights/fashion-x392.aem").read_bytes()
    no_one_knows(root / "weights")
    (root / "weights/any-lossless.aem").write_bytes(pixels_model().to_bytes())
    folder_of(tmp_path / "in", MANY[:3])
    args = ("compress", tmp_path / "in", "-o", tmp_path / "x.aez", "-f")
    done = ok(*args, env=package, cwd=tmp_path)
    assert b"3 images that no model knows kept exactly" in done.stderr
    report = json.loads(ok(*args, "-f", "--json", env=package, cwd=tmp_path).stdout)
    assert (report["kept_exactly"], report["mse"]) == (3, 0)
    (root / "weights/mnist-x392.aem").write_bytes(before)
    (root / "weights/fashion-x392.aem").write_bytes(other)
    (root / "weights/any-lossless.aem").unlink()
