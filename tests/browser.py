"""What tests do on the page of `aecodec explore`: drop files, read what is shown."""

import base64
import hashlib
from typing import Any

from helpers import VECTORS, Images

from aecodec.images.files import png_bytes

TIMEOUT_MS = 120_000  # a crowded machine is slow, not wrong
CLASSES = ("circles", "squares", "</script><script>{{DATA}}")
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}

DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}"""
OUTCOME = """(name) => {
  const told = document.getElementById("told").textContent;
  if (told) return { told, warned: true };
  const archive = document.getElementById("archive");
  const heading = archive.hidden ? "" : archive.querySelector("h2").textContent;
  if (heading !== name || !archive.querySelector(".grid[aria-busy=false]")) return null;
  return { told: archive.textContent, warned: !archive.querySelector(".warning").hidden };
}"""
GREYS = """
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const greys = (canvas) => {
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, 28, 28);
    // text comes over from the browser far sooner than a list of numbers
    return String.fromCharCode(...data.filter((_, i) => i % 4 === 0));
  };
"""
CANVAS = f"""(selector) => {{
  {GREYS}
  return greys(document.querySelector(selector));
}}"""
TILES = f"""() => {{
  {GREYS}
  return Array.from(document.querySelectorAll("#archive .tile"), (tile) => {{
    const canvas = tile.querySelector("canvas");
    return [tile.querySelector("span[title]").title, canvas && greys(canvas)];
  }});
}}"""
ORIGINALS = """() => Array.from(document.querySelectorAll("#archive .tile"), (tile) => {
  const canvas = tile.querySelectorAll("canvas")[1];
  if (!canvas) return null;
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return Array.from(data.filter((_, i) => i % 4 === 0), (grey) => grey / 255);
})"""
SPOKEN = """(text) => document.getElementById("spoken").textContent.startsWith(text)"""
SEEN = """(selector) => {
  const { top, bottom } = document.querySelector(selector).getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}"""


def text64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def pixels_of(page: Any, selector: str) -> bytes:
    """What stands on a 28x28 canvas."""
    return bytes(page.evaluate(CANVAS, selector), "latin-1")


def latents_of(page: Any) -> list[int]:
    """The latents at the cursor."""
    return [int(v) for v in page.inner_text("#facts dd >> nth=0").split()]


def card(page: Any, model: str) -> Any:
    """What a model makes of the image, in the result."""
    heading = page.get_by_role("heading", name=model)
    return page.locator("#result article").filter(has=heading)


def shown_bytes(page: Any, model: str) -> bytes:
    """What the page says the .aez file by a model would be."""
    return bytes.fromhex("".join(card(page, model).locator(".hex code").all_inner_texts()))


def drop(page: Any, name: str, data: bytes) -> Any:
    """Drop a file; return what the page says of it, and whether it is a warning."""
    page.evaluate("() => { document.getElementById('told').textContent = ''; }")
    page.evaluate(DROP, [[name, text64(data)]])
    return page.wait_for_function(OUTCOME, arg=name).json_value()


def drop_image(page: Any, image: Images) -> str:
    """Drop a PNG; return its name once its result is there."""
    name = f"{hashlib.sha256(image.tobytes()).hexdigest()[:8]}.png"
    page.evaluate(DROP, [[name, text64(png_bytes(image))]])
    page.get_by_role("heading", name=name).wait_for()
    return name


def tiles_of(page: Any, count: int) -> list[tuple[str, bytes]]:
    """Names and greys of all images of the opened file, page after page; no greys, no image."""
    found = list(page.evaluate(TILES))
    while len(found) < count:
        page.get_by_role("button", name="Next").click()
        page.locator("#archive .grid[aria-busy=false]").wait_for()
        found += page.evaluate(TILES)
    return [(name, bytes(greys or "", "latin-1")) for name, greys in found]
