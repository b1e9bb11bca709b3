"""The errors that aecodec raises: one base class, one subclass per thing a caller can act on."""


class AecodecError(Exception):
    """Base of every error of this package; its text says what, where and what to do."""


class InvalidImageError(AecodecError):
    """The input is not a 28x28 8-bit grey image: convert it or leave it out."""


class InvalidArgumentError(AecodecError, ValueError):
    """A setting is outside what can be asked for: pass one that the message names."""


class InvalidModelError(AecodecError):
    """A model file is damaged, oversized or could overflow: get a sound copy of it."""


class UnknownModelError(AecodecError):
    """No installed model has the name or id asked for: add the model."""


class CorruptFileError(AecodecError):
    """An .aez file is damaged or is none: get a sound copy of it."""


class UnsupportedFileError(AecodecError):
    """An .aez or model file is sound but made for a newer aecodec: update."""


class DecodingError(AecodecError):
    """Bytes are sound but the pixels differ from those encoded: this decoder is at fault."""


class UnsafeNameError(AecodecError):
    """A name cannot be stored or written safely: rename the file or decode without names."""


class OutputError(AecodecError):
    """A result cannot be written where it was asked for: choose another place or overwrite."""


class MissingDependencyError(AecodecError):
    """An optional package is missing: install the extra that the message names."""
