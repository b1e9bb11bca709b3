"""Good files."""

from collections.abc import Iterator

from vectors import (
    good_bounds,
    pixels_payloads,
    residuals_payloads,
    scan_payloads,
    transform_payloads,
)
from vectors.pieces import (
    FIRST,
    LONGEST,
    MIXED,
    MIXED_CODED,
    NAMED,
    ONE,
    RESIDUALS,
    SECOND,
    STORED,
    THREE,
    TWO,
    UNNAMED,
    archive,
    body,
    by_payload,
    embedded,
    mixed,
    one_model,
    payload,
    short,
)
from vectors.tiny_models import (
    BODY,
    CODERS,
    K1,
    K2,
    K3,
    K16,
    P8,
    P8_ID,
    S8,
    S8_ID,
    S9,
    S9_ID,
    S10,
    S10_ID,
    S11,
    S11_ID,
    S20,
    S20_ID,
    S28,
    S28_ID,
    T2,
    T3,
)


def all_good() -> Iterator[tuple[str, bytes, str]]:
    yield from good()
    yield from good_transforms()
    yield from good_bounds.good()
    for name, count, data, text in pixels_payloads.good(P8):
        yield f"pixels-{name}", short([P8_ID], count, by_payload(P8_ID, count, data)), text
    for name, count, data, text in residuals_payloads.good():
        coded = by_payload(RESIDUALS, count, data)
        yield f"residuals-{name}", short([RESIDUALS], count, coded), text
    yield from good_scans()


def good() -> Iterator[tuple[str, bytes, str]]:
    yield "one", ONE, "One image in the short form: 27 bytes of which 2 are payload."
    yield "several", short([K3], 5, one_model(K3, 5, 2)), "Five images in the short form."
    yield "code16", short([K16], 40, one_model(K16, 40, 17)), "Forty images by 16-bit codes."
    yield (
        "code16-mixed",
        short([K2, K16], 5, mixed([K2, K16], [1, 0, 0, 1, 1], 18)),
        "16-bit codes beside another model in one chunk.",
    )
    yield (
        "stored",
        short([STORED], 2, one_model(STORED, 2, 3)),
        "Two images as stored pixels; no model is needed.",
    )
    yield (
        "mixed-short",
        short(TWO, 5, MIXED_CODED),
        "The short form with two models in one chunk, three bits to spare.",
    )
    yield (
        "mixed-three",
        short(THREE, 6, mixed(THREE, [2, 0, 1, 2, 0, 0], 7)),
        "The short form with two models and stored pixels, two bits an image.",
    )
    yield (
        "long-count",
        short([K2], 130, one_model(K2, 130, 4)),
        "130 images, a count past one byte of msgpack's shortest integers.",
    )
    yield "archive", archive([K2], False, UNNAMED), "Three chunks without names."
    yield (
        "archive-long-count",
        archive([K2], False, [body(130, one_model(K2, 130, 13)), UNNAMED[1]]),
        "A chunk of 130 images, so count and lengths are varints of two bytes.",
    )
    yield (
        "archive-two-models",
        archive(TWO, False, MIXED),
        "Chunks of the second model, of both, and of the first.",
    )
    yield (
        "archive-unused-model",
        archive(TWO, False, [body(2, one_model(K3, 2, 30, b"\x01")), MIXED[0]]),
        "An archive may list a model that no chunk uses.",
    )
    yield (
        "named",
        archive([K2], True, NAMED),
        "Two chunks with names: successors, UTF-8, subfolders.",
    )
    yield (
        "named-one",
        archive([K2], True, [body(1, one_model(K2, 1, 22), ["a.png"])]),
        "One image with its name.",
    )
    yield (
        "named-two-models",
        archive(TWO, True, [body(3, mixed(TWO, [0, 1, 1], 35), ["7.png", "8.png", "9"])]),
        "Names and two models in one chunk; a run of one nine.",
    )
    yield (
        "named-longest",
        archive([K2], True, [body(3, one_model(K2, 3, 23), LONGEST)]),
        "Names of 4096 bytes and their successors.",
    )
    yield (
        "named-odd",
        archive(
            [K2],
            True,
            [
                body(
                    6,
                    one_model(K2, 6, 24),
                    ["...", ".x", "1:2", "a b", "a~1", "\U0001f600\u0301\ufeff"],
                )
            ],
        ),
        "Names that look odd and are safe: dots, spaces, a colon after a digit, no suffix.",
    )
    yield (
        "embedded",
        embedded(K1, BODY),
        "One image and its model, which is in no model file.",
    )
    ids = [K2, K1, STORED]
    coded = mixed(ids, [1, 0, 2, 1], 51)
    yield (
        "embedded-archive",
        archive(ids, True, [body(4, coded, ["a1", "a2", "a3", "b"])], models=[b"", BODY, b""]),
        "Names and an embedded model, between one that is not and stored pixels.",
    )
    yield "empty", archive([K2], False, []), "An archive of no images."
    yield "empty-named", archive([K2], True, []), "An archive of no images that would have names."
    yield (
        "archive-stored",
        archive(
            [K2, K3, STORED],
            False,
            [
                body(3, mixed([K2, K3, STORED], [2, 2, 1], 40)),
                body(1, one_model(STORED, 1, 41, b"\x02")),
            ],
        ),
        "Stored pixels beside models, in a mixed chunk and in one of their own.",
    )


def good_transforms() -> Iterator[tuple[str, bytes, str]]:
    id3, id2 = CODERS
    for name, model, count, data, text in transform_payloads.good(T3, T2):
        model_id = id3 if model is T3 else id2
        yield f"transform-{name}", short([model_id], count, by_payload(model_id, count, data)), text
    bodies = [body(n, one_model(id3, n, 50 + n)) for n in (3, 33, 1)]
    yield "transform-archive", archive([id3], False, bodies), "Three chunks under a prior."
    bodies = [body(4, one_model(id3, 4, 60), FIRST), body(3, one_model(id3, 3, 61), SECOND)]
    yield "transform-named", archive([id3], True, bodies), "Names, and latents under a prior."
    ids = [K2, STORED, id3]
    yield (
        "transform-mixed",
        short(ids, 9, mixed(ids, [2, 2, 0, 1, 2, 0, 2, 2, 0], 62)),
        "A prior's latents, another kind and stored pixels in one chunk.",
    )
    ids = [id3, id2]
    seed = next(seed for seed in range(10**6) if payload(id3, 1, seed) == b"")
    bodies = [
        body(5, mixed(ids, [1, 0, 1, 1, 1], seed)),
        body(2, one_model(id2, 2, 63, b"\x01")),
    ]
    yield (
        "transform-two",
        archive(ids, False, bodies),
        "Two priors in one chunk, the payload of the first empty; then the second alone.",
    )


def good_scans() -> Iterator[tuple[str, bytes, str]]:
    for prefix, model_id, payloads in (
        ("scan", S8_ID, scan_payloads.good_s8(S8)),
        ("scan-s20", S20_ID, scan_payloads.good_large(S20)),
        ("scan-s28", S28_ID, scan_payloads.good_large(S28)),
        ("scan-s9", S9_ID, scan_payloads.good_largest(S9, 40)),
        ("scan-s10", S10_ID, scan_payloads.good_orders(S10)),
        ("scan-s11", S11_ID, scan_payloads.good_sorts(S11)),
    ):
        for name, count, data, text in payloads:
            coded = by_payload(model_id, count, data)
            yield f"{prefix}-{name}", short([model_id], count, coded), text
