"""The coders of an .aez file's models: all found at once, each loaded when it is first needed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial

from aecodec.errors import AecodecError, CorruptFileError, InvalidModelError, UnknownModelError
from aecodec.kinds import Coder, LazyCoders, load_coder
from aecodec.library import Codec, codec_loader, find_path, load_codec
from aecodec.model_file import Model

Told = Callable[[AecodecError, bytes], AecodecError]


def find_coders(models: Sequence[tuple[bytes, bytes]], extra: str | None, told: Told) -> LazyCoders:
    """Find the models of a file.

    An installed model comes first: it is loaded once for many files, and it is there where the
    embedded copy is damaged. Both give the same pixels, since the id is their hash.

    Args:
        models: The id of each model, and its bytes where they are embedded (else empty bytes).
        extra: A model to look at first: a name, an id or a path.
        told: Makes of an error about a model, and the model's id, the error to raise.

    Returns:
        Their coders. Getting one raises what is wrong with its model; that of an only model,
        which every image needs, is there already.

    Raises:
        UnknownModelError: A model is neither installed nor embedded.
        CorruptFileError: An embedded model that is not installed is damaged.
    """
    if extra is not None:
        load_codec(find_path(extra))  # tell a wrong name, whatever is embedded
    loaders = [_loader(*pair, extra, told) for pair in models]
    pairs = list(zip(models, loaders, strict=True))
    embedded = embedded_coders(tuple(pair for pair, loader in pairs if loader is None))
    unread = iter(embedded.builders())
    coders = LazyCoders(
        [
            next(unread) if loader is None else partial(_load, loader, *pair, told)
            for pair, loader in pairs
        ]
    )
    if len(coders) == 1:
        _ = coders[0]
    return coders


def _loader(
    model_id: bytes, body: bytes, extra: str | None, told: Told
) -> Callable[[], Codec] | None:
    """Find an installed model; None where there is none, but one is embedded."""
    try:
        return codec_loader(model_id, extra)
    except UnknownModelError as error:
        if not body:
            raise told(error, model_id) from error
        return None


def _load(loader: Callable[[], Codec], model_id: bytes, body: bytes, told: Told) -> Coder:
    """Load an installed model, or the embedded copy where its file is damaged."""
    try:
        return loader().coder
    except (UnknownModelError, InvalidModelError) as error:
        if not body:
            raise told(error, model_id) from error
        return embedded_coders(((model_id, body),))[0]


@lru_cache(maxsize=1)
def embedded_coders(bodies: tuple[tuple[bytes, bytes], ...]) -> LazyCoders:
    """The coders of models that are embedded in an .aez file, given as pairs of id and bytes.

    They come with a file that may be from anywhere, so they are checked like any model and used
    for that file only. The last result is kept for its next chunk.

    Raises:
        CorruptFileError: One is damaged; or, once its coder is needed, unsound.
        UnsupportedFileError: Once a coder is needed: its model was made for a later version.
    """
    return LazyCoders([partial(_embedded_coder, *_embedded_model(*pair)) for pair in bodies])


def _embedded_model(model_id: bytes, body: bytes) -> tuple[bytes, Model]:
    with _embedded(model_id):
        model = Model.from_decoding_body(body)
        if model.id != model_id:
            raise InvalidModelError("it is damaged")
    return model_id, model


def _embedded_coder(model_id: bytes, model: Model) -> Coder:
    with _embedded(model_id):
        return load_coder(model)


@contextmanager
def _embedded(model_id: bytes) -> Iterator[None]:
    """Say of a model that the file is at fault which it came with."""
    try:
        yield
    except InvalidModelError as error:
        text = f"the embedded model {model_id.hex()} cannot be used: {error}"
        raise CorruptFileError(text) from error
