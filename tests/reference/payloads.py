"""Payloads of each kind, from docs/FORMAT.md alone. Models have passed `check_model`."""

from reference.data import need
from reference.models import Model
from reference.nets import Layer, run_layer, run_network
from reference.pixels import decode_pixels
from reference.residuals import decode_residuals
from reference.scan import decode_scan
from reference.transform import decode_transform

PIXELS = 784


def decode_payload(model: Model | None, payload: bytes, count: int) -> list[bytes]:
    if model is None:
        need(len(payload) == PIXELS * count, "length of stored pixels")
        return [payload[i * PIXELS : (i + 1) * PIXELS] for i in range(count)]
    if model.kind == "code16":
        return decode_code16(model, payload, count)
    if model.kind == "transform":
        return decode_transform(model.transform(), payload, count)
    if model.kind == "pixels":
        return decode_pixels(model.pixels(), payload, count)
    if model.kind == "scan":
        return decode_scan(model.scan(), payload, count)
    if model.kind == "residuals":
        return decode_residuals(payload, count)
    return decode_classic(model, payload, count)


def decode_classic(model: Model, payload: bytes, count: int) -> list[bytes]:
    layers, greys = model.painter()
    latents = len(layers[0].weights)
    need(len(payload) == latents * count, "length of a payload")
    codes = [payload[i * latents : (i + 1) * latents] for i in range(count)]
    images = {}
    for code in set(codes):  # short codes often come again
        images[code] = bytes(greys[value] for value in run_network(layers, list(code)))
    return [images[code] for code in codes]


def decode_code16(model: Model, payload: bytes, count: int) -> list[bytes]:
    need(len(payload) == 2 * count, "length of a payload")
    points, axes, means, shift = (
        model.arrays[f"regions.{name}"][2] for name in ("points", "axes", "means", "shift")
    )
    rank, width = len(points) // 256, len(shift)
    layers, greys = model.painter()
    images = []
    for c1, c2 in zip(payload[::2], payload[1::2], strict=True):
        flat = axes[c1 * rank * width : (c1 + 1) * rank * width]
        weights = [flat[r * width : (r + 1) * width] for r in range(rank)]
        layer = Layer(weights, means[c1 * width : (c1 + 1) * width], shift, -127, 127)
        latents = run_layer(layer, points[c2 * rank : (c2 + 1) * rank])
        out = run_network(layers, latents)
        images.append(bytes(greys[value] for value in out))
    return images


def encode_classic(model: Model, pixels: bytes) -> bytes:
    return bytes(run_network(model.network("encoder"), [value - 128 for value in pixels]))
