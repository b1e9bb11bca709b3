"""The page in a real browser: Debian's chromium, headless, driven by Playwright."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CLASSES, TIMEOUT_MS, WIDE
from helpers import MODELS, classic_arrays, pattern
from tiny import plane_search, region_search, transform_arrays

from aecodec.explore.builder import build_page
from aecodec.explore.sample import Sample
from aecodec.library import load_codec
from aecodec.model_file import Model

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A family of tiny models on the search path, one of each kind, and a model of another."""
    place = tmp_path_factory.mktemp("family")
    for path in MODELS.glob("*.aem"):
        level = path.stem.removeprefix("tiny-").replace("-", "")
        shutil.copy(path, place / f"tiny-{level}.aem")
    made = {
        "tiny-plane": plane_search(),
        "tiny-x392": region_search(),
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
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright ([test])")
    if CHROMIUM is None:
        pytest.skip("needs chromium (apt install chromium)")
    random.seed(1)  # by which Playwright names its calls
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
    context = browser.new_context(viewport=WIDE)
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
    page = pages("tiny-k2")
    page.set_viewport_size(WIDE)
    return page
