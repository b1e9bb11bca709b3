"""How an archive was coded, as far as it says: the plan for images that are added to it."""

from aecodec.archive import Archive
from aecodec.errors import AecodecError, InvalidArgumentError
from aecodec.kinds import FIXED_IDS
from aecodec.levels import LOSSLESS
from aecodec.library import Codec, codec_by_id, level_of
from aecodec.selection import Plan, make_plan


def plan_like(archive: Archive, effort: int) -> Plan:
    """The plan that codes images as those of an archive are coded.

    An archive states its models and no bound. Where all of them are exact, so are new images;
    where they are those of no level named, or of one level, new images are coded likewise. A file
    of one chunk without names, labels and splits states only the models that it uses. Where these
    are of the default level, no level may have been named, and none is taken for named.

    Args:
        archive: An opened archive.
        effort: How long to search, one of `kinds.EFFORTS`.

    Raises:
        InvalidArgumentError: Its models do not say how; the message asks for a level or a bound.
        UnknownModelError: One is not installed.
    """
    ids = {model_id for model_id, _ in archive.models}
    fixed = set(FIXED_IDS.values())
    codecs = [codec_by_id(model_id) for model_id, _ in archive.models if model_id not in fixed]
    lossy = [codec for codec in codecs if not codec.coder.lossless]
    embed = any(body for _, body in archive.models)
    if not lossy:
        plan = _lossless_plan(effort, embed=embed)
        if plan is not None and ids <= set(plan.ids):
            return plan
        exact = tuple(codec.path for codec in codecs if codec.path is not None)
        return Plan((), exact, 0, effort=effort, embed=embed)
    default = make_plan(effort=effort, embed=embed)
    usual = set(default.ids)
    short = archive.summary()["form"] == "short"
    if ids <= usual and (short or default.ids[-1] in ids):  # that stands in any other form
        return default
    levels = {level_of(codec.name) for codec in lossy}
    if len(levels) > 1 or len(lossy) < len(ids) or not all(map(_encodes, lossy)):
        raise InvalidArgumentError(
            "does not say how new images are to be coded: its models are of several levels, or "
            "serve a bound; give --level, --max-mse or --min-psnr",
            archive.path,
        )
    models = tuple(codec.path for codec in lossy if codec.path is not None)
    return Plan(models, effort=effort, embed=embed)


def _encodes(codec: Codec) -> bool:
    return codec.path is not None and codec.model.has_encoder


def _lossless_plan(effort: int, *, embed: bool) -> Plan | None:
    try:
        return make_plan(LOSSLESS, effort=effort, embed=embed)
    except AecodecError:
        return None
