"""The benchmark: our models beside PNG, other image codecs and the general compressors."""

from aecodec.bench.benchmark import Step
from aecodec.bench.classifier import DigitClassifier
from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, OURS
from aecodec.bench.rates import FILES, ONE_SETTING, TARGETS
from aecodec.bench.registry import SLOW
from aecodec.bench.result import Result, Sample, load_sample

__all__ = [
    "ARCHIVE",
    "FILES",
    "LOSSLESS",
    "LOSSY",
    "ONE_SETTING",
    "OURS",
    "SLOW",
    "TARGETS",
    "DigitClassifier",
    "Result",
    "Sample",
    "Step",
    "load_sample",
]
