"""Batches of files: what inputs stand for, where results go, and the work over processes."""

from aecodec.batch.aez_files import AezFile, find_aez_files, split_names
from aecodec.batch.compress import compress_all
from aecodec.batch.decompress import DecompressReport, Settings, decompress_all, decompress_one
from aecodec.batch.describe import Member, describe_file, members
from aecodec.batch.failure import Failure
from aecodec.batch.parallel import cores
from aecodec.batch.reading import Reading
from aecodec.batch.reports import CompressReport
from aecodec.batch.sinks import atomic_file, check_target, make_folder
from aecodec.batch.target import Form, Target, compress_targets
from aecodec.batch.verify import VerifyReport, verify_all

__all__ = [
    "AezFile",
    "CompressReport",
    "DecompressReport",
    "Failure",
    "Form",
    "Member",
    "Reading",
    "Settings",
    "Target",
    "VerifyReport",
    "atomic_file",
    "check_target",
    "compress_all",
    "compress_targets",
    "cores",
    "decompress_all",
    "decompress_one",
    "describe_file",
    "find_aez_files",
    "make_folder",
    "members",
    "split_names",
    "verify_all",
]
