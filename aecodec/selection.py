"""Plans: by which models images are coded, within which error, and by which family of models.

Where no model is named, the families that ship compete (`AUTO`), so that a shoe is not coded as
a digit. The rule is in `choose` and `choose_each`; it looks at nothing but the images.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec import library
from aecodec.codec import cheapest, encode_chunk, encode_within
from aecodec.container import Chunk, ContainerWriter, Extras, Sink
from aecodec.distortion import squared_errors
from aecodec.errors import InvalidArgumentError, InvalidModelError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.library import (
    DEFAULT_FAMILY,
    Codec,
    default_level,
    exact_codec,
    family_of,
    find_codec,
    load_codec,
)

AUTO = "auto"
SAMPLE_IMAGES = 256
INLIER_SHARE = 0.9  # of a sample: the others could not outweigh them
FRAME = np.pad(np.zeros((SIDE - 2, SIDE - 2), bool), 1, constant_values=True)


@dataclass(frozen=True)
class Plan:
    """How images are to be coded: small enough to hand to a worker process.

    Attributes:
        models: One model file; with a bound all that may be used.
        bound: The most that an image's squared error may be, summed in grey levels, or None.
        effort: How long to search, one of `kinds.EFFORTS`.
        embed: Whether files bring their models along.
    """

    models: tuple[Path, ...]
    bound: int | None = None
    effort: int = DEFAULT_EFFORT
    embed: bool = False

    @property
    def family(self) -> str:
        """The family of the models."""
        return family_of(self.models[0].stem)

    @property
    def lossy(self) -> bool:
        """Whether images are given up to an error that is not bounded."""
        return self.bound is None and not self.codecs()[0].coder.lossless

    def codecs(self) -> list[Codec]:
        """Load the models, in the order of a file's header; a bound ends with an exact one."""
        codecs = [load_codec(path) for path in self.models]
        return codecs if self.bound is None else [*codecs, exact_codec()]

    def writer(
        self, file: Sink, *, named: bool = False, extras: Extras | None = None
    ) -> ContainerWriter:
        """Begin an .aez file of chunks that this plan encodes; `extras` are those of version 2."""
        codecs = self.codecs()
        ids = [codec.id for codec in codecs]
        bodies = [codec.embedded_bytes() for codec in codecs] if self.embed else []
        if extras is not None:
            extras = replace(extras, titles=tuple(codec.name for codec in codecs))
        return ContainerWriter(file, ids, named=named, models=bodies, extras=extras)

    def encode(self, images: Images, names: Sequence[str] = ()) -> tuple[Chunk, Images]:
        """Code uint8 (N, 28, 28) as one chunk; return it and the images as they will decode."""
        coders = [codec.coder for codec in self.codecs()]
        if self.bound is None:
            return encode_chunk(coders[0], images, names, self.effort)
        return encode_within(self.bound, coders, images, names, self.effort)

    def losses(self, images: Images) -> NDArray[np.int64]:
        """What coding images would lose: the less, the better the models fit them.

        Args:
            images: uint8 (N, 28, 28).

        Returns:
            int64 (2, N). The first row counts: the squared error in grey levels or, under a
            bound or where nothing is lost, the bits times `kinds.COST_UNIT`. The second, the
            squared error, decides ties.
        """
        coders = [codec.coder for codec in self.codecs()]
        if self.bound is not None:
            return cheapest(self.bound, coders, images, self.effort)[1]
        codes = coders[0].codes(images, self.effort)
        errors = squared_errors(images, coders[0].rebuild(codes))
        return np.stack([errors if self.lossy else coders[0].costs(codes), errors])


def squared_error_bound(max_mse: float | None = None, min_psnr: float | None = None) -> int | None:
    """The bound of a `Plan`.

    Args:
        max_mse: A mean squared error a pixel on the scale of 0 to 1.
        min_psnr: A peak signal-to-noise ratio in dB.

    Returns:
        The largest sum of squared differences of an image in grey levels that satisfies both;
        None where neither is given.

    Raises:
        InvalidArgumentError: No image has such an error.

    Example:
        >>> squared_error_bound(max_mse=0.1, min_psnr=5)
        5097960
    """
    if max_mse is not None and not 0 <= max_mse <= 1:
        hint = f". A PSNR in dB is min_psnr: did you mean {max_mse:g} dB?" if max_mse > 1 else ""
        raise InvalidArgumentError(
            f"max_mse is a mean squared error from 0 to 1, not {max_mse!r}{hint}"
        )
    if min_psnr is not None and not 0 <= min_psnr < math.inf:
        raise InvalidArgumentError(f"min_psnr is a number of dB from 0 up, not {min_psnr!r}")
    if max_mse is None and min_psnr is None:
        return None
    from decimal import Decimal  # slow to import, and few commands state a bound

    bounds = [Decimal(1)]
    if max_mse is not None:
        bounds.append(Decimal(str(max_mse)))
    if min_psnr is not None:
        bounds.append(Decimal(10) ** (Decimal(str(min_psnr)) / -10))
    return int(min(bounds) * PIXELS * 255**2)


def make_plan(
    level: str | None = None,
    model: str | None = None,
    effort: int = DEFAULT_EFFORT,
    bound: int | None = None,
    *,
    embed: bool = False,
) -> Plan:
    """Find the models for a level and a model (see `find_codec`); with a bound all of a family.

    Raises:
        UnknownModelError: There is no such model or level.
        InvalidModelError: The model file is damaged or can only decode.
        UnsupportedFileError: The model was made for a later version.
    """
    family = DEFAULT_FAMILY if model is None else model
    models = library.installed().items() if bound is not None and level is None else ()
    members = [path for name, path in models if family_of(name) == family]
    return Plan(tuple(members) or (_encoding_model(level, model),), bound, effort, embed)


def _encoding_model(level: str | None, model: str | None) -> Path:
    codec = find_codec(level, model)
    if codec.path is None or not (codec.model.has_encoder or codec.coder.lossless):
        raise InvalidModelError("the model has no encoder: it can only decode", codec.path)
    return codec.path


def make_plans(
    level: str | None = None,
    model: str | None = None,
    effort: int = DEFAULT_EFFORT,
    bound: int | None = None,
    *,
    embed: bool = False,
) -> list[Plan]:
    """The plans that compete for images: the one that `model` names, or without (AUTO) many.

    Every family that ships with the level takes part, by name; with a bound and no level every
    family with all its levels. If the user has a model of the default one's name, it is taken
    without a comparison. Raises as `make_plan`.
    """
    if model not in (None, AUTO):
        return [make_plan(level, model, effort, bound, embed=embed)]
    shipped = library.shipped()
    wanted = default_level(DEFAULT_FAMILY) if level is None else level.lower()
    default = f"{DEFAULT_FAMILY}-{wanted}"
    own = library.installed().get(default) not in (None, shipped.get(default))
    ladder = bound is not None and level is None
    members: dict[str, list[Path]] = {}
    for name, path in shipped.items():
        if ladder or name == f"{family_of(name)}-{wanted}":
            members.setdefault(family_of(name), []).append(path)
    if own or len(members) < 2:
        family = DEFAULT_FAMILY if own or not members else next(iter(members))
        return [make_plan(level, family, effort, bound, embed=embed)]
    plans = [Plan(tuple(members[name]), bound, effort, embed) for name in sorted(members)]
    plans[default_plan(plans)].codecs()  # loaded here, it is there in every worker
    return plans


def default_plan(plans: Sequence[Plan]) -> int:
    """The number of the default family's plan; the first where that family has none."""
    families = [plan.family for plan in plans]
    return families.index(DEFAULT_FAMILY) if DEFAULT_FAMILY in families else 0


@dataclass
class FamilyComparison:
    """What decided between the families.

    Attributes:
        inliers: How many images the default family took without a comparison (see `choose`).
        compared: How many images were coded on trial by every family.
        losses: The sum of `Plan.losses` of these images, by family.
        lossy: Whether the losses are squared errors; else they are sizes.
    """

    inliers: int = 0
    compared: int = 0
    losses: Counter[str] = field(default_factory=Counter)
    lossy: bool = True

    def add(self, other: "FamilyComparison") -> None:
        """Add another comparison."""
        self.inliers += other.inliers
        self.compared += other.compared
        self.losses.update(other.losses)
        self.lossy &= other.lossy


def sample(count: int) -> list[int]:
    """Numbers of at most SAMPLE_IMAGES of `count` images, evenly spread."""
    size = min(count, SAMPLE_IMAGES)
    return [number * count // size for number in range(size)]


def choose(plans: Sequence[Plan], images: Images) -> tuple[Plan, FamilyComparison]:
    """Choose the plan for an archive by a sample of its images.

    Where nine in ten are inliers of the default family, it has them without a comparison: no
    other model need be loaded. An inlier has a blank frame, as digits have and clothes do not,
    and an error that 99 % of the validation images stay within. Otherwise the plan of the least
    total loss has them (see `Plan.losses`), the first one where several are equal.

    Args:
        plans: At least one, in the order of their families' names.
        images: The sample, uint8 (N, 28, 28).
    """
    default = plans[default_plan(plans)]
    if len(plans) == 1:
        return default, FamilyComparison()
    inliers = int(_inliers(default, images).sum())
    if inliers >= INLIER_SHARE * len(images):
        return default, FamilyComparison(inliers)
    losses, comparison = _compare(plans, images)
    return plans[int(_least(losses.sum(2, keepdims=True))[0])], comparison


def choose_each(plans: Sequence[Plan], images: Images) -> tuple[list[int], FamilyComparison]:
    """Choose a plan for each image by the same rule; return the plans' numbers."""
    chosen = np.full(len(images), default_plan(plans))
    if len(plans) == 1:
        return chosen.tolist(), FamilyComparison()
    rest = ~_inliers(plans[default_plan(plans)], images)
    comparison = FamilyComparison()
    if rest.any():
        losses, comparison = _compare(plans, images[rest])
        chosen[rest] = _least(losses)
    comparison.inliers = len(images) - comparison.compared
    return chosen.tolist(), comparison


def _compare(plans: Sequence[Plan], images: Images) -> tuple[NDArray[np.int64], FamilyComparison]:
    """The losses of all plans, int64 (P, 2, N), and their sums."""
    losses = np.stack([plan.losses(images) for plan in plans])
    sums = losses[:, 0].sum(1).tolist()
    total = Counter({plan.family: value for plan, value in zip(plans, sums, strict=True)})
    return losses, FamilyComparison(0, len(images), total, plans[0].lossy)


def _least(losses: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the plan with the least losses (P, 2, N), int64 (N,)."""
    return np.asarray(np.lexsort((losses[:, 1], losses[:, 0]), axis=0)[0])


def _inliers(plan: Plan, images: Images) -> NDArray[np.bool_]:
    """Which images are surely of the sort that a plan's model knows (see `choose`), bool (N,)."""
    validation = plan.codecs()[0].validation
    if not plan.lossy or validation is None:
        return np.zeros(len(images), bool)
    inliers = np.logical_not(images[:, FRAME].any(1))
    inliers[inliers] = plan.losses(images[inliers])[0] <= validation.p99
    return inliers
