"""The benchmark: our models beside PNG, other image codecs and the general compressors."""

from aecodec.bench.benchmark import Step
from aecodec.bench.classifier import DigitClassifier
from aecodec.bench.peers import ARCHIVE, LOSSLESS, LOSSY, OURS
from aecodec.bench.rates import FILES, LEAST_MSE, ONE_SETTING, TARGETS
from aecodec.bench.registry import SLOW
from aecodec.bench.result import Result, Sample, load_sample
from aecodec.bench.speed import fastest_way
from aecodec.bench.speed_result import SpeedResult

__all__ = [
    "ARCHIVE",
    "FILES",
    "LEAST_MSE",
    "LOSSLESS",
    "LOSSY",
    "ONE_SETTING",
    "OURS",
    "SLOW",
    "TARGETS",
    "DigitClassifier",
    "Result",
    "Sample",
    "SpeedResult",
    "Step",
    "fastest_way",
    "load_sample",
]
