"""Plans: by which models images are coded, within which error, and by which family of models.

Where no model is named, the families that ship compete (`AUTO`), so that a shoe is not coded as
a digit. The rule is in `choose` and `choose_each`; it looks at nothing but the images.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec import library
from aecodec.codec import cheapest, encode_chunk, encode_within
from aecodec.container import Chunk, ContainerWriter
from aecodec.container.writer import Sink
from aecodec.distortion import squared_errors
from aecodec.errors import InvalidArgumentError
from aecodec.images import PIXELS, SIDE, Images
from aecodec.kinds import DEFAULT_EFFORT, Coder
from aecodec.kinds.stored import STORED_ID, StoredCoder
from aecodec.library import DEFAULT_FAMILY, Codec, default_level, family_of, find_codec, load_codec

AUTO = "auto"
SAMPLE_IMAGES = 256
TYPICAL_SHARE = 0.9  # of a sample: the others could not outweigh them
FRAME = np.pad(np.zeros((SIDE - 2, SIDE - 2), bool), 1, constant_values=True)


@dataclass(frozen=True)
class Plan:
    """How images are to be coded: small enough to hand to a worker process.

    models: one model file, or with a bound those that compete; bound: the most that an image's
    squared error may be, summed in grey levels, or None; effort: see `kinds.EFFORTS`; embed:
    whether files bring their models along.
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
        """Load the models, in order."""
        return [load_codec(path) for path in self.models]

    def ids(self) -> list[bytes]:
        """What a header lists; with a bound, stored pixels are the last resort."""
        ids = [codec.id for codec in self.codecs()]
        return ids if self.bound is None else [*ids, STORED_ID]

    def writer(self, file: Sink, *, named: bool = False) -> ContainerWriter:
        """Begin an .aez file of chunks that this plan encodes."""
        bodies = [codec.model.decoding_body() for codec in self.codecs()] if self.embed else []
        bodies += [b""] * (self.bound is not None and self.embed)  # stored pixels have no model
        return ContainerWriter(file, self.ids(), named=named, models=bodies)

    def encode(self, images: Images, names: Sequence[str] = ()) -> tuple[Chunk, Images]:
        """Code uint8 (N, 28, 28) as one chunk; return it and the images as they will decode."""
        if self.bound is None:
            return encode_chunk(self._coders()[0], images, names, self.effort)
        return encode_within(self.bound, self._coders(), images, names, self.effort)

    def misfit(self, images: Images) -> NDArray[np.int64]:
        """How badly uint8 (N, 28, 28) fit, int64 (2, N): what counts, and what decides ties.

        What counts is the squared error, in grey levels; under a bound, or where no error is
        left to compare, the bits times `kinds.COST_UNIT`, and the error decides ties.
        """
        coders = self._coders()
        if self.bound is not None:
            return cheapest(self.bound, coders, images, self.effort)[1]
        codes = coders[0].codes(images, self.effort)
        errors = squared_errors(images, coders[0].rebuild(codes))
        return np.stack([errors if self.lossy else coders[0].costs(codes), errors])

    def _coders(self) -> list[Coder]:
        coders = [codec.coder for codec in self.codecs()]
        return coders if self.bound is None else [*coders, StoredCoder()]


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

    Raises UnknownModelError, InvalidModelError or UnsupportedFileError.
    """
    family = model or DEFAULT_FAMILY
    if bound is None or level is not None:
        return Plan((find_codec(level, model).path,), bound, effort, embed)
    members = [path for name, path in library.installed().items() if family_of(name) == family]
    return Plan(tuple(members) or (find_codec(None, model).path,), bound, effort, embed)


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
    family with all its levels. A model of the user's own in the place of the default one wins
    unasked. Raises as `make_plan`.
    """
    if model not in (None, AUTO):
        return [make_plan(level, model, effort, bound, embed=embed)]
    shipped = library.shipped()
    wanted = level.lower() if level else default_level(DEFAULT_FAMILY)
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
class Contest:
    """What decided between families.

    typical: images that the default family has without a contest (see `choose`); compared:
    images that all coded on trial; misfits: the sum of what each family made of those; lossy:
    whether these are errors, not sizes (see `Plan.misfit`).
    """

    typical: int = 0
    compared: int = 0
    misfits: Counter[str] = field(default_factory=Counter)
    lossy: bool = True

    def add(self, other: "Contest") -> None:
        """Count another contest in."""
        self.typical += other.typical
        self.compared += other.compared
        self.misfits.update(other.misfits)
        self.lossy &= other.lossy


def sample(count: int) -> list[int]:
    """Numbers of at most SAMPLE_IMAGES of `count` images, evenly spread."""
    size = min(count, SAMPLE_IMAGES)
    return [number * count // size for number in range(size)]


def choose(plans: Sequence[Plan], images: Images) -> tuple[Plan, Contest]:
    """Choose the plan for an archive by a sample of its images, uint8 (N, 28, 28).

    The least sum of `Plan.misfit` wins; the first by name where all is equal. Where nine
    in ten of the sample are typical of the default family, that one has them without a contest:
    no other model need be loaded. Typical is an image with a blank frame, as digits have and
    clothes do not, whose error is within that of 99 % of the validation images.
    """
    default = plans[default_plan(plans)]
    if len(plans) == 1:
        return default, Contest()
    typical = int(_typical(default, images).sum())
    if typical >= TYPICAL_SHARE * len(images):
        return default, Contest(typical=typical)
    misfits, contest = _compare(plans, images)
    return plans[int(_least(misfits.sum(2, keepdims=True))[0])], contest


def choose_each(plans: Sequence[Plan], images: Images) -> tuple[list[int], Contest]:
    """Choose a plan for each image by the same rule; return the plans' numbers."""
    chosen = np.full(len(images), default_plan(plans))
    if len(plans) == 1:
        return chosen.tolist(), Contest()
    contested = ~_typical(plans[default_plan(plans)], images)
    contest = Contest()
    if contested.any():
        misfits, contest = _compare(plans, images[contested])
        chosen[contested] = _least(misfits)
    contest.typical = len(images) - contest.compared
    return chosen.tolist(), contest


def _compare(plans: Sequence[Plan], images: Images) -> tuple[NDArray[np.int64], Contest]:
    misfits = np.stack([plan.misfit(images) for plan in plans])
    sums = misfits[:, 0].sum(1).tolist()
    total = Counter({plan.family: value for plan, value in zip(plans, sums, strict=True)})
    return misfits, Contest(0, len(images), total, plans[0].lossy)


def _least(misfits: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the least of misfits (P, 2, N), the first of equal ones, int64 (N,)."""
    return np.asarray(np.lexsort((misfits[:, 1], misfits[:, 0]), axis=0)[0])


def _typical(plan: Plan, images: Images) -> NDArray[np.bool_]:
    validation = plan.codecs()[0].validation
    if not plan.lossy or validation is None:
        return np.zeros(len(images), bool)
    typical = np.logical_not(images[:, FRAME].any(1))
    typical[typical] = plan.misfit(images[typical])[0] <= validation[1]
    return typical
