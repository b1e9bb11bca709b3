"""The page under mouse, finger and keys: the map, the pad, and what comes into view."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import (
    CLASSES,
    NARROW,
    SEEN,
    SPOKEN,
    TIMEOUT_MS,
    WIDE,
    drop,
    drop_image,
    latents_of,
    pixels_of,
    read,
    shown_bytes,
)
from helpers import pattern

import aecodec
from aecodec.explore.builder import build_page
from aecodec.explore.sample import Sample
from aecodec.library import load_codec

MARK = """() => document.querySelectorAll("button, input, summary, select, [tabindex='0']")
  .forEach((control, number) => { control.dataset.number = number; })"""
CONTROLS = """() => Array.from(document.querySelectorAll("[data-number]"))
  .filter((control) => control.checkVisibility()).map((control) => control.dataset.number)"""
FOCUSED = """() => {
  const { activeElement: control } = document;
  const label = control.id === "file" ? control.previousElementSibling : control;
  return [control.dataset.number ?? null, getComputedStyle(label).outlineStyle !== "none"];
}"""
CONTRASTS = """() => {
  const scratch = document.createElement("canvas");
  const context = scratch.getContext("2d", { willReadFrequently: true });
  const parts = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };
  const light = (colour) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = Array.from(parts(colour), (value) => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    const opaque = parts(colour)[3] === 255 || !element.parentElement;
    return opaque ? colour : behind(element.parentElement);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const seen = element.checkVisibility() && !element.closest("script, .hidden");
    if (!seen || !node.data.trim()) continue;
    const shades = [light(getComputedStyle(element).color), light(behind(element))];
    found.push([node.data.trim(), (Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05)]);
  }
  return found;
}"""


def test_moving_over_the_map_decodes_at_once(page: Any, folder: Path) -> None:
    coder = load_codec(folder / "tiny-k2.aem").coder
    box = page.locator("#overlay").bounding_box()
    seen = set()
    for x, y in ((0.3, 0.3), (0.5, 0.5), (0.7, 0.4)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        decoded = pixels_of(page, "#decoded")
        assert decoded == coder.decode(bytes(latents_of(page)), 1).tobytes()
        seen.add(decoded)
    assert len(seen) == 3
    assert "Nearest real image:" in page.inner_text("#nearest-caption")


def test_the_keyboard_moves_the_cursor_and_holds_it(page: Any) -> None:
    overlay = page.locator("#overlay")
    overlay.hover()
    page.focus("#overlay")
    start = latents_of(page)
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    moved = latents_of(page)
    assert (moved[0] - start[0], moved[1] - start[1]) == (11, -1)
    page.keyboard.press("Enter")
    overlay.hover(position={"x": 200, "y": 200})
    assert latents_of(page) == moved
    page.keyboard.press("Escape")
    overlay.hover(position={"x": 210, "y": 210})
    assert latents_of(page) != moved


def test_keys_zoom(page: Any) -> None:
    overlay = page.locator("#overlay")

    def apart() -> int:
        places = []
        for x in (150, 350):
            overlay.hover(position={"x": x, "y": 200})
            places.append(latents_of(page)[0])
        return places[1] - places[0]

    page.focus("#overlay")
    page.keyboard.press("0")
    whole = apart()
    page.keyboard.press("+")
    assert 0 < apart() < whole
    page.keyboard.press("0")
    assert apart() == whole


def test_a_class_can_be_hidden(page: Any) -> None:
    button = page.locator("#legend button").first
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert page.inner_text("#nearest-caption b") != CLASSES[0]
    button.click()
    assert button.get_attribute("aria-pressed") == "true"


def test_a_drawing_is_compressed_beside_the_pad(page: Any) -> None:
    page.bring_to_front()  # of the pages of several models: one behind draws no frames
    pad = page.locator("#pad")
    pad.hover(position={"x": 40, "y": 30})  # once it is in view, and stays where it is
    box = pad.bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + 45, box["y"] + 120, steps=5)
    page.mouse.up()
    page.get_by_role("heading", name="Your drawing").wait_for()
    assert aecodec.decompress(shown_bytes(page, "tiny-k2")).shape == (1, 28, 28)
    assert pad.bounding_box() == box, "the pad stays under the pen"
    assert page.locator("#preview figure").count() == 2
    assert "27 bytes\nMSE 0." in page.inner_text("#preview")
    page.get_by_role("button", name="See its bytes").click()
    assert page.evaluate("document.activeElement.textContent") == "Your drawing"
    page.click("#clear")
    page.get_by_text("will stand here").wait_for()
    assert page.locator("#preview figure").count() == 0


def test_a_drawing_can_be_made_by_keys(page: Any) -> None:
    page.bring_to_front()
    page.focus("#pad")
    for key in ("ArrowUp", "ArrowUp", " ", "Shift+ArrowDown", "ArrowDown", " ", "ArrowRight"):
        page.keyboard.press(key)
    page.get_by_role("heading", name="Your drawing").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Clear
    page.get_by_text("will stand here").wait_for()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_what_was_opened_is_shown_focused_and_announced(page: Any, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.evaluate("scrollTo(0, 0)")
    name = drop_image(page, pattern(1, 21)[0])
    page.wait_for_function(SEEN, arg="#result h2")
    assert page.evaluate("document.activeElement.textContent") == name
    page.wait_for_function(SPOKEN, arg=f"{name}: 27 bytes by tiny-k2")
    page.evaluate("scrollTo(0, 0)")
    drop(page, "many.aez", read("good/long-count.aez"))
    page.wait_for_function(SEEN, arg="#archive h2")
    assert page.evaluate("document.activeElement.textContent") == "many.aez"
    page.wait_for_function(SPOKEN, arg="many.aez: 130 images")
    drop(page, "bad.jpg", b"\xff\xd8\xff")
    page.wait_for_function(SEEN, arg="#told")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_every_control_is_reached_by_tab_and_shows_it(page: Any) -> None:
    page.set_viewport_size(WIDE)
    drop_image(page, pattern(1, 22)[0])
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.evaluate(MARK)
    wanted = set(page.evaluate(CONTROLS))
    reached = set()
    for _ in range(2 * len(wanted) + 10):
        page.keyboard.press("Tab")
        number, ring = page.evaluate(FOCUSED)
        if number is not None:
            reached.add(number)
            assert ring, page.evaluate("document.activeElement.outerHTML")
    assert reached == wanted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    try:
        drop(page, "damaged.aez", read("bad/chunk-payload.aez"))
        page.locator("#legend button").first.click()
        drop_image(page, pattern(1, 23)[0])
        for text, contrast in page.evaluate(CONTRASTS):
            assert contrast >= 4.5, text
    finally:
        page.locator("#legend button").first.click()
        page.emulate_media(color_scheme="light")


def test_three_latents_have_axes_to_choose_and_sliders(pages: Callable[[str], Any]) -> None:
    page = pages("tiny-k3")
    across, up = page.locator("#axes select").all()
    across.select_option("0")
    up.select_option("2")
    page.get_by_text("The other latents").click()
    slider = page.locator("#axes input:visible")
    assert slider.count() == 1
    slider.fill("200")
    assert latents_of(page)[1] == 200


def test_a_narrow_screen_scrolls_one_way_only(page: Any) -> None:
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#decoded").bounding_box()["y"] < 400


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_legend_of_many_classes_is_whole(
    folder: Path, browser: Any, tmp_path: Path, size: dict[str, int]
) -> None:
    classes = tuple(f"class {number} of {'x' * (number % 9)}" for number in range(37))
    sample = Sample(pattern(37), np.arange(37), classes, 37, "many")
    path = tmp_path / "many.html"
    path.write_bytes(build_page(load_codec(folder / "tiny-k2.aem"), sample))
    page = browser.new_page(viewport=size)
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(path.as_uri())
    legend = page.locator("#legend").bounding_box()
    for button in page.locator("#legend button").all():
        box = button.bounding_box()
        assert box["y"] + box["height"] <= legend["y"] + legend["height"]
        assert box["x"] + box["width"] <= legend["x"] + legend["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.close()
