"""Which model codes which image: by level, family, bound, or by what the models know.

Where no model is named, the families that ship compete image by image (`AUTO`). Where nothing at
all is named, an image that no family knows is kept exactly. An image's neighbours do not matter.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec import library
from aecodec.codec import CHUNK_IMAGES, Choice, cheapest, encode_choice
from aecodec.container import Chunk, ContainerWriter, Extras, Sink
from aecodec.distortion import squared_errors
from aecodec.errors import InvalidArgumentError, InvalidModelError
from aecodec.images import Images
from aecodec.kinds import (
    COST_UNIT,
    DEFAULT_EFFORT,
    EFFORTS,
    FIXED_IDS,
    Coder,
    Codes,
    LazyCoders,
)
from aecodec.knowledge import is_sure, knows
from aecodec.levels import LOSSLESS
from aecodec.library import (
    DEFAULT_FAMILY,
    GENERAL_FAMILY,
    Codec,
    codec_by_id,
    default_level,
    family_of,
    find_codec,
    level_of,
    load_codec,
)
from aecodec.model_file import read_id

AUTO = "auto"
ODDS = 12 * 8 * COST_UNIT  # what the lossless model of a family that knows an image may take more


class Plan(NamedTuple):
    """How images are to be coded: small enough to hand to a worker process.

    Attributes:
        models: Model files that compete for images, the default family's first.
        exact: Lossless model files for the images that `models` do not serve.
        bound: The most that an image's squared error may be, summed in grey levels, or None.
        keep: Whether an image that none of `models` knows is kept exactly.
        effort: How long to search, one of `kinds.EFFORTS`.
        embed: Whether files bring their models along.
        chunk_images: How many images a chunk has, 1 to CHUNK_IMAGES.
    """

    models: tuple[Path, ...]
    exact: tuple[Path, ...] = ()
    bound: int | None = None
    keep: bool = False
    effort: int = DEFAULT_EFFORT
    embed: bool = False
    chunk_images: int = CHUNK_IMAGES

    def with_chunks(self, images: int) -> "Plan":
        """The same plan with chunks of so many images.

        Raises:
            InvalidArgumentError: Chunks have 1 to CHUNK_IMAGES images.
        """
        if not 1 <= images <= CHUNK_IMAGES:
            raise InvalidArgumentError(
                f"chunks have 1 to {CHUNK_IMAGES:,} images (chunk_images), not {images!r}"
            )
        return self._replace(chunk_images=images)

    def codecs(self) -> list[Codec]:
        """Load all models, in the order of a file's header; the exact ones are last."""
        return [self.codec(number) for number in range(len(self.names))]

    @property
    def names(self) -> list[str]:
        """The names of the models, in the same order."""
        return [*(path.stem for path in self._files), *self._fixed]

    @property
    def ids(self) -> list[bytes]:
        """The ids of the models, in the same order; none is loaded."""
        return [*map(read_id, self._files), *self._fixed.values()]

    def codec(self, number: int) -> Codec:
        """Load the model at a place of a file's header."""
        if number < len(self._files):
            return load_codec(self._files[number])
        return codec_by_id([*self._fixed.values()][number - len(self._files)])

    def _coders(self, start: int, end: int) -> LazyCoders:
        """The coders at some places of a file's header."""
        return LazyCoders([partial(self._coder, number) for number in range(start, end)])

    def _coder(self, number: int) -> Coder:
        return self.codec(number).coder

    @property
    def _files(self) -> tuple[Path, ...]:
        return (*self.models, *self.exact)

    @property
    def _fixed(self) -> dict[str, bytes]:
        """What every image may end in, where it has to be exact or nearly so: ids by name."""
        return FIXED_IDS if self.bound is not None or self.keep else {}

    def writer(
        self, file: Sink, *, named: bool = False, extras: Extras | None = None
    ) -> ContainerWriter:
        """Begin an .aez file of chunks that this plan encodes; `extras` are those of version 2."""
        bodies = [codec.embedded_bytes() for codec in self.codecs()] if self.embed else []
        if extras is not None:
            extras = extras._replace(titles=tuple(self.names))
        return ContainerWriter(file, self.ids, named=named, models=bodies, extras=extras)

    def encode(self, images: Images, names: Sequence[str] = ()) -> tuple[Chunk, Images]:
        """Code uint8 (N, 28, 28) as one chunk; return it and the images as they will decode.

        Raises:
            DecodingError: An image decodes worse than on trial.
        """
        choice = self.choose(images)
        coders = {number: self.codec(number).coder for number in choice.used}
        return encode_choice(choice, coders, images, names, self.bound)

    def choose(self, images: Images) -> Choice:
        """Choose the model of each image.

        With a bound it is the cheapest that meets it. Otherwise an image has the first model if
        that is sure to know it (see `knowledge`), or else the one of least error among those that
        are. What none is sure of has the family `any` where a level is named that it has, else the
        model of least error. Where nothing is named, all lossless models look at it: if that of a
        family that knows the image takes the fewest bits, or hardly more (`ODDS`), the image has
        that family's model, and else the cheapest lossless one. This is a test of likelihood
        ratios (Ren et al., "Likelihood Ratios for Out-of-Distribution Detection", 2019). No model
        is loaded that no image needs.

        Args:
            images: uint8 (N, 28, 28).
        """
        first = len(self.models)
        if self.bound is not None:
            lossy, exact = self._coders(0, first), self._coders(first, len(self.names))
            return cheapest(self.bound, lossy, exact, images, self.effort)
        found = Choice(len(images))
        if len(self.models) == 1 and not self.keep:
            found.take(0, np.arange(len(images)), self._codes(0, images))
            return found
        rest = np.arange(len(images))
        trials: list[_Trial] = []
        for number in range(len(self.models) - self._has_general):
            trials.append(self._try(number, images[rest]))
            if number == 0 and self.codec(0).validation is not None:
                sure = trials[0].sure
                found.take(0, rest[sure], trials[0].codes[sure])
                rest, trials[0] = rest[~sure], trials[0].without(sure)
            if not len(rest):
                return found
        self._settle(found, images, rest, trials)
        return found

    def _settle(
        self, found: Choice, images: Images, rest: NDArray[np.int64], trials: list["_Trial"]
    ) -> None:
        """Choose for the images that the first model is not sure of."""
        if self._has_general:
            unsure = ~np.any([trial.sure for trial in trials], 0)
            general, mine = len(self.models) - 1, rest[unsure]
            found.take(general, mine, self._codes(general, images[mine]))
            rest, trials = rest[~unsure], [trial.without(unsure) for trial in trials]
        errors = np.stack([trial.errors for trial in trials])
        known = np.stack([trial.known for trial in trials])
        sure = np.stack([trial.sure for trial in trials])
        owners = np.where(sure | ~sure.any(0), errors, np.iinfo(np.int64).max).argmin(0)
        looked = np.flatnonzero(~sure.any(0) & self.keep)
        if len(looked):
            owners[looked] = self._likely(images[rest[looked]], errors[:, looked], known[:, looked])
        for number in sorted(set(owners.tolist())):
            mine = owners == number
            lossy = number < len(trials)
            codes = trials[number].codes[mine] if lossy else self._codes(number, images[rest[mine]])
            found.take(number, rest[mine], codes)

    @property
    def _has_general(self) -> bool:
        """Whether the last of several models is for images of every sort."""
        return len(self.models) > 1 and family_of(self.models[-1].stem) == GENERAL_FAMILY

    def _likely(
        self, images: Images, errors: NDArray[np.int64], known: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The model of each image of which none is sure, by its costs under lossless models."""
        first = len(self.models)
        exact = [codec.coder for codec in self.codecs()[first:]]
        costs = np.stack([coder.costs(coder.codes(images, EFFORTS[0])) for coder in exact])
        mine = np.zeros_like(known)
        for path, cost in zip(self.exact, costs, strict=False):
            if (relative := self._relative(path)) >= 0:
                mine[relative] = known[relative] & (cost <= costs.min(0) + ODDS)
        best = np.where(mine, errors, np.iinfo(np.int64).max).argmin(0)
        return np.asarray(np.where(mine.any(0), best, first + costs.argmin(0)))

    def _relative(self, path: Path) -> int:
        """The number of the lossy model of a lossless model's family, or -1."""
        families = [family_of(model.stem) for model in self.models]
        return families.index(family) if (family := family_of(path.stem)) in families else -1

    def knows(self, images: Images) -> NDArray[np.bool_]:
        """Tell which images any model knows, bool (N,)."""
        trials = [self._try(number, images).known for number in range(len(self.models))]
        return np.asarray(np.any(trials, 0))

    def _codes(self, number: int, images: Images) -> Codes:
        return self.codec(number).coder.codes(images, self.effort)

    def _try(self, number: int, images: Images) -> "_Trial":
        codes = self._codes(number, images)
        codec = self.codec(number)
        errors = squared_errors(images, codec.coder.rebuild(codes))
        known = knows(codec, images, errors)
        settled = self._has_general or (self.keep and number in map(self._relative, self.exact))
        sure = known & is_sure(codec, images, errors) if settled else known
        return _Trial(codes, errors, known, sure)


class _Trial(NamedTuple):
    """Images coded by one model on trial; which of them it knows, and of which that is sure."""

    codes: Codes
    errors: NDArray[np.int64]
    known: NDArray[np.bool_]
    sure: NDArray[np.bool_]

    def without(self, images: NDArray[np.bool_]) -> "_Trial":
        rest = ~images
        return _Trial(self.codes[rest], self.errors[rest], self.known[rest], self.sure[rest])


def make_plan(
    level: str | None = None,
    model: str | None = None,
    effort: int = DEFAULT_EFFORT,
    bound: int | None = None,
    *,
    embed: bool = False,
) -> Plan:
    """Find the models for a level and a model.

    Args:
        level: An operating point; by default the family's own, with a bound all of them.
        model: As of `find_codec`; by default (AUTO) the families that ship compete. If the user
            has a model of the default one's name, that family alone is taken.
        effort: How long to search, one of `kinds.EFFORTS`.
        bound: The most that an image's squared error may be, summed in grey levels, or None.
        embed: Whether files bring their models along.

    Raises:
        UnknownModelError: There is no such model or level.
        InvalidModelError: The model file is damaged or can only decode.
        UnsupportedFileError: The model was made for a later version.
    """
    shipped = library.shipped()
    if model in (None, AUTO):
        wanted = default_level(DEFAULT_FAMILY) if level is None else level.lower()
        default = f"{DEFAULT_FAMILY}-{wanted}"
        own = library.installed().get(default) not in (None, shipped.get(default))
        ladder = bound is not None and level is None
        members = [path for name, path in shipped.items() if ladder or level_of(name) == wanted]
        members.sort(key=_rank)
        if own or not members:
            return _named_plan(level, DEFAULT_FAMILY, effort, bound, embed=embed)
    else:
        return _named_plan(level, model, effort, bound, embed=embed)
    exact = tuple(path for name, path in shipped.items() if level_of(name) == LOSSLESS)
    if wanted == LOSSLESS:
        return Plan((), exact, 0, effort=effort, embed=embed)
    if bound is not None:
        lossy = tuple(path for path in members if path not in exact)
        return Plan(lossy, exact if ladder else (), bound, effort=effort, embed=embed)
    if level is None:
        return Plan(tuple(members), exact, keep=bool(exact), effort=effort, embed=embed)
    return Plan(tuple(members), effort=effort, embed=embed)


def _rank(path: Path) -> tuple[bool, bool, str]:
    """The place of a model among those that compete: the default family first, `any` last."""
    family = family_of(path.stem)
    return family == GENERAL_FAMILY, family != DEFAULT_FAMILY, path.stem


def _named_plan(
    level: str | None, model: str | None, effort: int, bound: int | None, *, embed: bool
) -> Plan:
    """The plan of one model, or with a bound and no level of all models of a family."""
    models = library.installed().items() if bound is not None and level is None else ()
    family = {read_id(path): path for name, path in models if family_of(name) == model}
    members = list(family.values()) or [_encoding_model(level, model)]
    exact = tuple(path for path in members if level_of(path.stem) == LOSSLESS)
    lossy = tuple(path for path in members if path not in exact)
    if not lossy:
        bound = 0  # exact as it is, without the model where that is smaller
    return Plan(lossy, exact, bound, effort=effort, embed=embed)


def _encoding_model(level: str | None, model: str | None) -> Path:
    codec = find_codec(level, model)
    if codec.path is None or not (codec.model.has_encoder or codec.coder.lossless):
        raise InvalidModelError("the model has no encoder: it can only decode", codec.path)
    return codec.path
