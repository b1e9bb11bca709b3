"""The page in a real browser: Debian's chromium, headless, driven by Playwright."""

import base64
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import MODELS, VECTORS, Images, classic_arrays, ok, pattern, save
from PIL import Image
from tiny import plane_search, region_search, transform_arrays

import aecodec
from aecodec.explore.builder import build_page
from aecodec.explore.sample import Sample
from aecodec.images.files import png_bytes, read_image
from aecodec.library import load_codec
from aecodec.model_file import Model

api = pytest.importorskip("playwright.sync_api", reason="needs playwright ([test])")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt install chromium)")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
TIMEOUT_MS = 120_000  # a crowded machine is slow, not wrong

EXPECTED: dict[str, Any] = json.loads((VECTORS / "expected.json").read_text("utf-8"))
EMBEDDED = ["good/embedded.aez", "good/embedded-archive.aez"]  # models that the page lacks
GOOD = [n for n in EXPECTED if n.startswith("good/") and n not in EMBEDDED]
REFUSED = [n for n in EXPECTED if n.startswith(("bad/", "unsupported/")) and n.endswith(".aez")]
CLASSES = ("circles", "squares", "</script><script>{{DATA}}")

DECODE = """async (text) => {
  const file = new AezFile(fromBase64(text));
  need(!file.damage, file.damage);
  const [names, pixels] = [[], []];
  let last;
  for (let number = 0; number < file.chunks; number++) {
    const chunk = readChunk(file, number, last);
    last = chunk.last;
    names.push(...chunk.names);
    for (const image of await decodeChunk(chunk, file.ids, app.library)) pixels.push(hex(image));
  }
  return [names, pixels.join("")];
}"""
DROP = """([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([fromBase64(text)], name));
  byId("overlay").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}"""
OPEN_ALL = """async (files) => {
  const told = {};
  for (const [name, text] of files) {
    await openFile(app, new File([fromBase64(text)], name));
    told[name] = byId("message").textContent || byId("archive").textContent;
  }
  return told;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A family of tiny models on the search path, one of each kind, and a model of another."""
    place = tmp_path_factory.mktemp("family")
    for path in MODELS.glob("*.aem"):
        level = path.stem.removeprefix("tiny-").replace("-", "")
        shutil.copy(path, place / f"tiny-{level}.aem")
    made = {
        "tiny-plane": plane_search(),
        "tiny-region": region_search(),
        "tiny-t": Model("transform", transform_arrays()),
        "other-k2": Model("classic", classic_arrays(2, 8, seed=5)),
    }
    for name, model in made.items():
        (place / f"{name}.aem").write_bytes(model.to_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECODEC_MODELS", str(place))
        yield place


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=TIMEOUT_MS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(
    folder: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Any]]:
    """The open page of a model; what goes wrong on it is in its list `troubles`."""
    images = np.concatenate([pattern(20), 255 - pattern(20, 3)])
    sample = Sample(images, np.arange(40) % 3, CLASSES, 40, "patterns")
    place = tmp_path_factory.mktemp("pages")
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(TIMEOUT_MS)
    there: dict[str, Any] = {}

    def open_page(name: str) -> Any:
        if name not in there:
            path = place / f"{name}.html"
            path.write_bytes(build_page(load_codec(folder / f"{name}.aem"), sample))
            page = context.new_page()
            page.troubles = []
            page.on("console", lambda message: page.troubles.append(message.text))
            page.on("pageerror", lambda error: page.troubles.append(str(error)))
            page.on("request", lambda request: page.troubles.append(request.url))
            page.goto(path.as_uri())
            assert page.troubles.pop(0) == path.as_uri()
            there[name] = page
        return there[name]

    yield open_page
    for name, page in there.items():
        assert page.troubles == [], f"{name}: the console, or the network"
    context.close()


@pytest.fixture
def page(pages: Callable[[str], Any]) -> Any:
    return pages("tiny-k2")


def text64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def pixels_of(page: Any, canvas: str) -> bytes:
    """What stands on a 28x28 canvas."""
    url = page.evaluate("(id) => byId(id).toDataURL()", canvas)
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("L").tobytes()


def shown_bytes(page: Any) -> bytes:
    return bytes.fromhex("".join(page.locator("#hex code").all_inner_texts()))


def dropped(page: Any, image: Images) -> bytes:
    """What the page says a PNG's .aez file would be."""
    name = f"{hashlib.sha256(image.tobytes()).hexdigest()[:8]}.png"
    page.evaluate(DROP, [name, text64(png_bytes(image))])
    page.get_by_role("heading", name=name).wait_for()
    return shown_bytes(page)


def test_it_opens_from_disk_without_network_or_error(page: Any) -> None:
    assert page.title() == "Latent space of tiny-k2"
    assert "40 images of patterns" in page.inner_text("#subtitle")
    assert [b.strip() for b in page.locator("#legend button").all_inner_texts()] == list(CLASSES)
    assert page.troubles == []


def test_moving_over_the_map_decodes_at_once(page: Any, folder: Path) -> None:
    coder = load_codec(folder / "tiny-k2.aem").coder
    box = page.locator("#overlay").bounding_box()
    seen = set()
    for x, y in ((0.3, 0.3), (0.5, 0.5), (0.7, 0.4)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        latents = [int(v) for v in page.inner_text("#facts dd >> nth=0").split()]
        decoded = pixels_of(page, "decoded")
        assert decoded == coder.decode(bytes(latents), 1).tobytes()
        seen.add(decoded)
    assert len(seen) == 3
    assert "Nearest real image:" in page.inner_text("#nearest-caption")


def test_the_keyboard_moves_zooms_and_holds(page: Any) -> None:
    page.focus("#overlay")
    page.keyboard.press("0")
    start = page.evaluate("app.map.cursor.map(Math.round)")
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    moved = page.evaluate("app.map.cursor.map(Math.round)")
    assert (moved[0] - start[0], moved[1] - start[1]) == (11, -1)
    page.keyboard.press("+")
    assert page.evaluate("app.map.scale > app.map.least")
    page.keyboard.press("Enter")
    assert page.evaluate("app.map.held")
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    assert page.evaluate("app.map.scale === app.map.least && !app.map.held")


def test_a_class_can_be_hidden(page: Any) -> None:
    button = page.locator("#legend button").first
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert page.evaluate("app.space.classOf(app.map.nearest.number).name") != CLASSES[0]
    button.click()
    assert button.get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("name", GOOD)
def test_a_good_vector_decodes_to_the_pixels_of_python(page: Any, name: str) -> None:
    names, pixels = page.evaluate(DECODE, text64(read(name)))
    assert hashlib.sha256(bytes.fromhex(pixels)).hexdigest() == EXPECTED[name]["sha256"]
    assert names == EXPECTED[name].get("names", [])


@pytest.mark.parametrize("count", [1, 2, 40])
def test_latents_under_a_prior_decode_to_the_pixels_of_python(
    page: Any, folder: Path, count: int
) -> None:
    data = aecodec.compress(pattern(count), model=str(folder / "tiny-t.aem"))
    _, pixels = page.evaluate(DECODE, text64(data))
    assert bytes.fromhex(pixels) == aecodec.decompress(data).tobytes()


def test_a_dropped_png_gives_the_bytes_of_the_command_line(
    page: Any, folder: Path, tmp_path: Path
) -> None:
    image = pattern(1, 9)[0]
    png = save(tmp_path / "own.png", image)
    ok("compress", png, "-o", tmp_path / "own.aez", "--model", folder / "tiny-k2.aem")
    assert dropped(page, image) == (tmp_path / "own.aez").read_bytes()
    assert f"{png.stat().st_size} bytes" in page.inner_text(".sizes")
    assert "MSE" in page.inner_text("#result")


@pytest.mark.parametrize("name", ["tiny-k2", "tiny-k3", "tiny-plane", "tiny-region"])
def test_every_encoder_gives_the_bytes_of_python(
    pages: Callable[[str], Any], folder: Path, name: str
) -> None:
    page = pages(name)
    images = [pattern(1, 5)[0], 255 - pattern(1, 7)[0], np.zeros((28, 28), np.uint8)]
    images += list(np.random.default_rng(4).integers(0, 256, (9, 28, 28)).astype(np.uint8))
    for image in images:
        expected = aecodec.compress(image, model=str(folder / f"{name}.aem"))
        assert dropped(page, image) == expected


def test_a_model_without_an_encoder_here_says_so(pages: Callable[[str], Any]) -> None:
    page = pages("tiny-t")
    page.click("#code-nearest")
    assert "use aecodec compress" in page.inner_text("#result")


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
        found = page.evaluate("(t) => hex(decodePng(fromBase64(t)))", text64(path.read_bytes()))
        assert bytes.fromhex(found) == read_image(path).tobytes(), name
    red = Image.fromarray(np.stack([pattern(1)[0], pattern(1, 2)[0], pattern(1)[0]], -1))
    bad = {
        "colours": red,
        "alpha": grey.convert("LA"),
        "27x28": grey.resize((27, 28)),
        "more than 8 bits": Image.fromarray(pattern(1)[0].astype(np.uint16) * 257),
    }
    for what, image in bad.items():
        path = save(tmp_path / "bad.png", image)
        page.set_input_files("#file", path)
        page.get_by_text(what).wait_for()
        assert what in page.inner_text("#message")
    path.write_bytes(png_bytes(pattern(1)[0])[:-40])
    page.set_input_files("#file", path)
    page.get_by_text("damaged or truncated").wait_for()


def test_whatever_is_no_good_file_gets_a_message(page: Any) -> None:
    files = [[name, text64(read(name))] for name in REFUSED]
    told = page.evaluate(OPEN_ALL, files)
    for name in REFUSED:
        if EXPECTED[name] == "UnknownModelError":
            assert "not in this page" in told[name]
        elif "/embedded" in name:  # the page reads past embedded models, unchecked
            assert told[name].startswith(f"{name}: ") or "not in this page" in told[name]
        elif EXPECTED[name] == "UnsupportedFileError":
            assert "later aecodec" in told[name], told[name]
        else:
            assert told[name].startswith(f"{name}: "), (name, told[name])
    assert page.locator("#overlay").is_visible()


def test_a_dropped_archive_is_listed_and_its_images_can_be_picked(page: Any) -> None:
    page.evaluate(DROP, ["named.aez", text64(read("good/named.aez"))])
    page.get_by_role("heading", name="named.aez").wait_for()
    tiles = page.locator("#archive .tile")
    assert tiles.count() == 7
    assert "0/a09.png" in tiles.nth(1).inner_text()
    assert page.locator("#message").is_hidden()
    tiles.nth(1).click()
    assert page.locator("#result h2").inner_text() == "0/a09.png"


def test_an_archive_of_many_is_shown_page_by_page(page: Any) -> None:
    page.evaluate(DROP, ["many.aez", text64(read("good/long-count.aez"))])
    page.get_by_text("1 to 60 of 130").wait_for()
    page.get_by_role("button", name="Last").click()
    page.get_by_text("121 to 130 of 130").wait_for()
    assert page.locator("#archive .tile").count() == 10


def test_a_model_that_the_page_lacks_is_named(page: Any, folder: Path) -> None:
    other = aecodec.compress(pattern(2), model=str(folder / "other-k2.aem"))
    page.evaluate(DROP, ["other.aez", text64(other)])
    page.get_by_text("other-k2 (not in this page)").wait_for()
    assert page.locator("#archive .missing").count() == 2
    page.evaluate(DROP, ["unknown.aez", text64(read("bad/id-unknown.aez"))])
    page.get_by_role("heading", name="unknown.aez").wait_for()
    model_id = read("bad/id-unknown.aez")[8:16].hex()
    assert f"model {model_id} (not in this page)" in page.inner_text("#archive")


@pytest.mark.parametrize("name", EMBEDDED)
def test_images_of_an_embedded_model_are_listed(page: Any, name: str) -> None:
    page.evaluate(DROP, [name, text64(read(name))])
    page.get_by_role("heading", name=name).wait_for()
    page.locator("#archive .tile").first.wait_for()
    assert page.locator("#archive .tile").count() == EXPECTED[name]["images"]
    assert "not in this page" in page.inner_text("#archive")


def test_a_drawing_is_compressed(page: Any) -> None:
    page.bring_to_front()  # of the pages of several models: one behind draws no frames
    pad = page.locator("#pad")
    pad.hover(position={"x": 40, "y": 30})  # once it is in view, and stays where it is
    box = pad.bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + 45, box["y"] + 120, steps=5)
    page.mouse.up()
    page.get_by_role("heading", name="Your drawing").wait_for()
    decoded = aecodec.decompress(shown_bytes(page))
    assert decoded.shape == (1, 28, 28)
    page.click("#clear")
    page.get_by_text("will stand here").wait_for()


def test_three_latents_have_axes_to_choose_and_sliders(pages: Callable[[str], Any]) -> None:
    page = pages("tiny-k3")
    across, up = page.locator("#axes select").all()
    across.select_option("0")
    up.select_option("2")
    page.get_by_text("The other latents").click()
    slider = page.locator("#axes input:visible")
    assert slider.count() == 1
    slider.fill("200")
    assert page.evaluate("app.map.plane.at(1, 2)") == [1, 200, 2]


def test_a_narrow_screen_scrolls_one_way_only(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("#decoded").bounding_box()["y"] < 400
    finally:
        page.set_viewport_size({"width": 1000, "height": 800})
