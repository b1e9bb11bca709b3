"""The models that vectors are coded with."""

from collections.abc import Callable, Iterator

import reference as ref
from vectors import bound_models, pixels_models, scan_models, transform_models
from vectors.model_bytes import model_file
from vectors.seeded import Numbers


def k2() -> bytes:
    """Two latents, float32: 2-8-784 with 16 greys; encoder 784-4-2."""
    n = Numbers(2)
    return model_file(
        "classic",
        {
            "decoder.clips": ("i4", [2, 2], [0, 255, 0, 15]),
            "decoder.0.weights": ("i1", [2, 8], n.many(16, -127, 127)),
            "decoder.0.bias": ("i4", [8], n.many(8, -9000, 25000)),
            "decoder.0.shift": ("i1", [8], n.many(8, 6, 8)),
            "decoder.1.weights": ("i1", [8, 784], n.many(8 * 784, -20, 20)),
            "decoder.1.bias": ("i4", [784], n.many(784, 0, 9000)),
            "decoder.1.shift": ("i1", [784], n.many(784, 8, 10)),
            "decoder.greys": ("u1", [16], [17 * i for i in range(16)]),
            "encoder.clips": ("i4", [2, 2], [-255, 255, 0, 255]),
            "encoder.0.weights": ("i1", [784, 4], n.many(784 * 4, -3, 3)),
            "encoder.0.bias": ("i4", [4], n.many(4, -500, 500)),
            "encoder.0.shift": ("i1", [4], [5, 5, 6, 4]),
            "encoder.1.weights": ("i1", [4, 2], n.many(8, -60, 60)),
            "encoder.1.bias": ("i4", [2], [8000, 9000]),
            "encoder.1.shift": ("i1", [2], [6, 7]),
        },
    )


def k3() -> bytes:
    """Three latents, past float32: 3-6-784 with 256 greys in no order; encoder 784-4-3."""
    n = Numbers(3)
    shifts = n.many(784, 16, 20)
    shifts[5] = 40  # the largest
    shifts[6] = 0  # none
    return model_file(
        "classic",
        {
            "decoder.clips": ("i4", [2, 2], [-32768, 32768, 0, 255]),
            "decoder.0.weights": ("i2", [3, 6], n.many(18, -32768, 32767)),
            "decoder.0.bias": ("i4", [6], n.many(6, -4000000, 4000000)),
            "decoder.0.shift": ("i1", [6], [8, 7, 0, 9, 8, 8]),
            "decoder.1.weights": ("i2", [6, 784], n.many(6 * 784, -2000, 2000)),
            "decoder.1.bias": ("i4", [784], n.many(784, 0, 2**27)),
            "decoder.1.shift": ("i1", [784], shifts),
            "decoder.greys": ("u1", [256], [(7 * i + 3) % 256 for i in range(256)]),
            "encoder.clips": ("i4", [2, 2], [-300, 300, 0, 255]),
            "encoder.0.weights": ("i1", [784, 4], n.many(784 * 4, -4, 4)),
            "encoder.0.bias": ("i4", [4], n.many(4, -500, 500)),
            "encoder.0.shift": ("i1", [4], [5, 6, 6, 5]),
            "encoder.1.weights": ("i1", [4, 3], n.many(12, -60, 60)),
            "encoder.1.bias": ("i4", [3], [8000, 9000, 7000]),
            "encoder.1.shift": ("i1", [3], [6, 7, 6]),
            "stats.misread": ("u2", [2], [2000, 50]),
            "stats.validation_sse": ("u4", [4], [1000, 2000, 3000, 4000]),
        },
    )


def k16() -> bytes:
    """16-bit codes: regions of 3 axes into 4 numbers, 4-6-784 with 32 greys; no encoder."""
    n = Numbers(16)
    return model_file(
        "code16",
        {
            "regions.points": ("i1", [256, 3], n.many(768, -127, 127)),
            "regions.axes": ("i1", [256, 3, 4], n.many(3072, -127, 127)),
            "regions.means": ("i4", [256, 4], n.many(1024, -12000, 12000)),
            "regions.shift": ("i1", [4], [8, 7, 9, 8]),
            "decoder.clips": ("i4", [2, 2], [0, 255, 0, 31]),
            "decoder.0.weights": ("i1", [4, 6], n.many(24, -127, 127)),
            "decoder.0.bias": ("i4", [6], n.many(6, -5000, 15000)),
            "decoder.0.shift": ("i1", [6], n.many(6, 6, 8)),
            "decoder.1.weights": ("i1", [6, 784], n.many(6 * 784, -20, 20)),
            "decoder.1.bias": ("i4", [784], n.many(784, 0, 9000)),
            "decoder.1.shift": ("i1", [784], n.many(784, 7, 9)),
            "decoder.greys": ("u1", [32], [(8 * i + 5) % 256 for i in range(32)]),
        },
    )


def k1() -> bytes:
    """One latent, one layer; in no model file, only embedded."""
    n = Numbers(1)
    return model_file(
        "classic",
        {
            "decoder.clips": ("i4", [1, 2], [0, 7]),
            "decoder.0.weights": ("i1", [1, 784], n.many(784, -127, 127)),
            "decoder.0.bias": ("i4", [784], n.many(784, 0, 32000)),
            "decoder.0.shift": ("i1", [784], n.many(784, 12, 14)),
            "decoder.greys": ("u1", [8], [36 * i for i in range(8)]),
        },
    )


MAKERS: dict[str, Callable[[], bytes]] = {
    "tiny-k2": k2,
    "tiny-k3": k3,
    "code-k16": k16,
    "transform-t3": lambda: model_file("transform", transform_models.t3()),
    "transform-t2": lambda: model_file("transform", transform_models.t2()),
}
FILLERS = 5
MAKERS |= {
    "classic-k784": bound_models.k784,
    "classic-deep": bound_models.deep,
    "classic-extra": bound_models.extra,
    "classic-table": bound_models.full_table,
    "code-r256": bound_models.r256,
    "code-r1": bound_models.r1,
}
MODELS = {name: make() for name, make in MAKERS.items()}
MODELS |= {f"one-{number}": bound_models.filler(number) for number in range(1, FILLERS + 1)}
MODELS["pixels-p8"] = model_file("pixels", pixels_models.p8())  # last: vectors number the others
SCANS = {f"scan-{make.__name__}": make for make in scan_models.MAKERS}
MODELS |= {name: model_file("scan", make()) for name, make in SCANS.items()}
IDS = {name: data[5:13] for name, data in MODELS.items()}
BY_ID = {data[5:13]: data for data in MODELS.values()}
K2, K3, K16 = IDS["tiny-k2"], IDS["tiny-k3"], IDS["code-k16"]
TRANSFORMS = ("transform-t3", "transform-t2")
T3, T2 = (ref.read_model(MODELS[name]).transform() for name in TRANSFORMS)
CODERS = {IDS[name]: coder for name, coder in zip(TRANSFORMS, (T3, T2), strict=True)}
K1, BODY = k1()[5:13], k1()[13:-8]
PAYLOAD_BYTES = {K1: 1, ref.STORED: 784}  # of an image
PAYLOAD_BYTES |= {
    IDS[name]: 2 if name.startswith("code") else len(ref.read_model(data).painter()[0][0].weights)
    for name, data in MODELS.items()
    if name not in (*TRANSFORMS, "pixels-p8", *SCANS)
}
P8_ID, P8 = IDS["pixels-p8"], ref.read_model(MODELS["pixels-p8"]).pixels()
S8, S20, S28, S9, S10, S11 = (ref.read_model(MODELS[name]).scan() for name in SCANS)
S8_ID, S20_ID, S28_ID, S9_ID, S10_ID, S11_ID = (IDS[name] for name in SCANS)


def files() -> Iterator[tuple[str, bytes, str]]:
    """The model files, each with a sentence."""
    documented = {
        **MAKERS,
        "transform-t3": transform_models.t3,
        "transform-t2": transform_models.t2,
        "pixels-p8": pixels_models.p8,
        **SCANS,
    }
    for name, data in MODELS.items():
        text = documented[name].__doc__ if name in documented else ""
        yield name, data, text or "One latent, one layer: one of five that fill lists of ids."
