"""What the page makes of files: vectors, images, archives, and what is neither."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import (
    CLASSES,
    DROP,
    ORIGINALS,
    card,
    drop,
    drop_image,
    pixels_of,
    read,
    shown_bytes,
    text64,
    tiles_of,
)
from helpers import MODELS, VECTORS, ok, pattern, save
from PIL import Image

import aecodec
from aecodec.images.files import png_bytes, read_image

EXPECTED: dict[str, Any] = json.loads((VECTORS / "expected.json").read_text("utf-8"))
GOOD = [n for n in EXPECTED if n.startswith("good/")]
REFUSED = [n for n in EXPECTED if n.startswith(("bad/", "unsupported/")) and n.endswith(".aez")]


def test_it_opens_from_disk_without_network_or_error(page: Any) -> None:
    assert page.title() == "Latent space of tiny-k2"
    assert "40 images of patterns" in page.inner_text("#subtitle")
    assert [b.strip() for b in page.locator("#legend button").all_inner_texts()] == list(CLASSES)
    assert page.troubles == []


@pytest.mark.parametrize("name", GOOD)
def test_a_good_vector_shows_the_pixels_of_python(page: Any, name: str) -> None:
    assert not drop(page, name, read(name))["warned"]
    tiles = tiles_of(page, EXPECTED[name]["images"])
    pixels = b"".join(greys for _, greys in tiles)
    assert hashlib.sha256(pixels).hexdigest() == EXPECTED[name]["sha256"]
    numbers = [str(number + 1) for number in range(len(tiles))]
    assert [title for title, _ in tiles] == EXPECTED[name].get("names", numbers)


def test_an_original_stands_beside_its_digit(page: Any) -> None:
    name = "good/scan-mixed.aez"
    with aecodec.open(VECTORS / name) as archive:
        expected = list(archive.originals())
    assert {original is None for original in expected} == {True, False}
    drop(page, name, read(name))
    shown = page.evaluate(ORIGINALS)
    assert len(shown) == len(expected)
    for bits, original in zip(shown, expected, strict=True):
        assert bits == (None if original is None else original.reshape(-1).tolist())


@pytest.mark.parametrize("count", [1, 2, 40])
def test_latents_under_a_prior_decode_to_the_pixels_of_python(
    page: Any, folder: Path, count: int
) -> None:
    data = aecodec.compress(pattern(count), model=str(folder / "tiny-t.aem"))
    drop(page, f"prior-{count}.aez", data)
    pixels = b"".join(greys for _, greys in tiles_of(page, count))
    assert pixels == aecodec.decompress(data).tobytes()


def test_a_dropped_png_gives_the_bytes_of_the_command_line(
    page: Any, folder: Path, tmp_path: Path
) -> None:
    image = pattern(1, 9)[0]
    png = save(tmp_path / "own.png", image)
    drop_image(page, image)
    for model, option in {"tiny-k2": str(folder / "tiny-k2.aem"), "tiny-x392": "tiny"}.items():
        ok("compress", png, "-o", tmp_path / f"{model}.aez", "--model", option)
        assert shown_bytes(page, model) == (tmp_path / f"{model}.aez").read_bytes()
        assert f"{png.stat().st_size} bytes" in card(page, model).inner_text()
        assert "MSE" in card(page, model).inner_text()
    assert "this map" in card(page, "tiny-k2").inner_text()
    assert "the level that aecodec compress takes" in card(page, "tiny-x392").inner_text()


@pytest.mark.parametrize("name", ["tiny-k2", "tiny-k3", "tiny-plane", "tiny-x392"])
def test_every_encoder_gives_the_bytes_of_python(
    pages: Callable[[str], Any], folder: Path, name: str
) -> None:
    page = pages(name)
    images = [pattern(1, 5)[0], 255 - pattern(1, 7)[0], np.zeros((28, 28), np.uint8)]
    images += list(np.random.default_rng(4).integers(0, 256, (9, 28, 28)).astype(np.uint8))
    for image in images:
        drop_image(page, image)
        expected = aecodec.compress(image, model=str(folder / f"{name}.aem"))
        assert shown_bytes(page, name) == expected


def test_the_file_is_saved_as_it_is_shown(page: Any) -> None:
    name = drop_image(page, pattern(1, 12)[0])
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the .aez file by tiny-x392").click()
    assert download.value.suggested_filename == name.replace(".png", ".aez")
    assert Path(download.value.path()).read_bytes() == shown_bytes(page, "tiny-x392")


def test_a_model_without_an_encoder_here_says_so(pages: Callable[[str], Any]) -> None:
    page = pages("tiny-t")
    page.click("#code-nearest")
    assert "use aecodec compress --level t" in card(page, "tiny-t").inner_text()
    assert len(aecodec.decompress(shown_bytes(page, "tiny-x392"))) == 1


def test_pngs_are_taken_exactly_or_refused(page: Any, tmp_path: Path) -> None:
    grey = Image.fromarray(pattern(1)[0])
    good = {
        "grey": grey,
        "bits": grey.convert("1"),
        "palette": grey.convert("P"),
        "colours": grey.convert("RGB"),
    }
    for name, image in good.items():
        path = save(tmp_path / f"{name}.png", image)
        page.set_input_files("#file", path)
        page.get_by_role("heading", name=path.name).wait_for()
        assert pixels_of(page, "#result .original canvas") == read_image(path).tobytes(), name
    red = Image.fromarray(np.stack([pattern(1)[0], pattern(1, 2)[0], pattern(1)[0]], -1))
    bad = {
        "colours": red,
        "alpha": grey.convert("LA"),
        "27x28": grey.resize((27, 28)),
        "more than 8 bits": Image.fromarray(pattern(1)[0].astype(np.uint16) * 257),
    }
    for what, image in bad.items():
        told = drop(page, "bad.png", save(tmp_path / "bad.png", image).read_bytes())["told"]
        assert told.startswith("bad.png: ")
        assert what in told
    for orientation in (1, 6):
        turned = Image.Exif()
        turned[0x0112] = orientation
        path = save(tmp_path / "turned.png", grey, exif=turned)
        assert "metadata, which may turn it" in drop(page, "turned.png", path.read_bytes())["told"]
    told = drop(page, "cut.png", png_bytes(pattern(1)[0])[:-40])["told"]
    assert "damaged or truncated" in told


@pytest.mark.parametrize(
    ("form", "what"),
    [
        ("JPEG", "a JPEG image"),
        ("GIF", "a GIF image"),
        ("BMP", "a BMP image"),
        ("TIFF", "a TIFF image"),
        ("WEBP", "a WebP image"),
        ("PPM", "a netpbm image"),
    ],
)
def test_an_image_of_another_format_is_named(page: Any, form: str, what: str) -> None:
    file = io.BytesIO()
    Image.fromarray(pattern(1)[0]).save(file, form)
    told = drop(page, "photo", file.getvalue())["told"]
    assert told.startswith(f"photo: This is {what}. This page takes 28x28 8-bit grey PNG")
    assert "compress --fit" in told


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"hello", "neither a PNG nor an .aez file"),
        ((MODELS / "tiny-k2.aem").read_bytes(), "a model file"),
    ],
)
def test_other_files_are_told_for_what_they_are(page: Any, data: bytes, what: str) -> None:
    assert what in drop(page, "other", data)["told"]


def test_of_several_files_the_first_is_opened_and_the_others_counted(page: Any) -> None:
    good, bad = ("good.png", text64(png_bytes(pattern(1, 8)[0]))), ("bad.png", text64(b"bad"))
    page.evaluate(DROP, [good, bad, bad])
    page.get_by_text("2 other files left out").wait_for()
    page.get_by_role("heading", name="good.png").wait_for()
    page.evaluate(DROP, [bad, good])
    page.get_by_text("bad.png: This is neither").wait_for()
    assert "1 other file left out" in page.inner_text("#told")


def test_what_is_wrong_goes_with_the_next_good_file(page: Any) -> None:
    for data in (b"hello", read("bad/chunk-payload.aez")):
        drop(page, "bad", data)
        drop_image(page, pattern(1, 3)[0])
        assert page.locator("#message").is_hidden()
        assert page.locator("#archive").is_hidden()
    drop(page, "bad", b"hello")
    page.get_by_role("button", name="Dismiss").click()
    assert page.locator("#message").is_hidden()


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_vector_is_told(page: Any, name: str) -> None:
    outcome = drop(page, name, read(name))
    if EXPECTED[name] == "UnknownModelError":
        assert "not in this page" in outcome["told"]
        return
    assert outcome["warned"]
    if EXPECTED[name] == "UnsupportedFileError":
        assert "later aecodec" in outcome["told"]


def test_a_dropped_archive_is_listed_and_its_images_can_be_picked(page: Any) -> None:
    page.evaluate(DROP, [["named.aez", text64(read("good/named.aez"))]])
    page.get_by_role("heading", name="named.aez").wait_for()
    tiles = page.locator("#archive .tile")
    assert tiles.count() == 7
    assert "0/a09.png" in tiles.nth(1).inner_text()
    assert page.locator("#message").is_hidden()
    tiles.nth(1).click()
    assert page.locator("#result h2").inner_text() == "0/a09.png"


def test_an_archive_of_many_is_shown_page_by_page(page: Any) -> None:
    page.evaluate(DROP, [["many.aez", text64(read("good/long-count.aez"))]])
    page.get_by_text("1 to 60 of 130").wait_for()
    page.get_by_role("button", name="Last").click()
    page.get_by_text("121 to 130 of 130").wait_for()
    assert page.locator("#archive .tile").count() == 10


def test_a_model_that_the_page_lacks_is_named(page: Any, folder: Path) -> None:
    other = aecodec.compress(pattern(2), model=str(folder / "other-k2.aem"))
    page.evaluate(DROP, [["other.aez", text64(other)]])
    page.get_by_text("other-k2 (not in this page)").wait_for()
    assert page.locator("#archive .missing").count() == 2
    page.evaluate(DROP, [["unknown.aez", text64(read("bad/id-unknown.aez"))]])
    page.get_by_role("heading", name="unknown.aez").wait_for()
    model_id = read("bad/id-unknown.aez")[8:16].hex()
    assert f"model {model_id} (not in this page)" in page.inner_text("#archive")
