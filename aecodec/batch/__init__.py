"""Batches of files: what inputs stand for, where results go, and the work over processes."""

from typing import TYPE_CHECKING

from aecodec.deferred import exports

if TYPE_CHECKING:
    from aecodec.batch.aez_files import AezFile, find_aez_files, split_names, work_on_chunk
    from aecodec.batch.against import Comparison, compare, verify_file
    from aecodec.batch.appending import Additions, append, append_files
    from aecodec.batch.coding import Coding
    from aecodec.batch.compress import compress_all
    from aecodec.batch.data_sets import DataInput
    from aecodec.batch.decompress import DecompressReport, Settings, decompress_all, decompress_one
    from aecodec.batch.describe import Member, describe_file, members
    from aecodec.batch.elsewhere import CodedPart, Elsewhere, done_elsewhere
    from aecodec.batch.failure import Failure
    from aecodec.batch.joining import join
    from aecodec.batch.originals import Originals, find_originals
    from aecodec.batch.parallel import cores
    from aecodec.batch.reading import FileTask, Reading, file_tasks
    from aecodec.batch.repack import ArchiveReport
    from aecodec.batch.reports import CompressReport, Outlier, TaskResult
    from aecodec.batch.sinks import atomic_file, check_target, make_folder
    from aecodec.batch.sources import Sources
    from aecodec.batch.splitting import split
    from aecodec.batch.target import Form, Target, compress_targets
    from aecodec.batch.verify import VerifyReport, verify_all
    from aecodec.batch.wanted import Selection

__all__ = [
    "Additions",
    "AezFile",
    "ArchiveReport",
    "CodedPart",
    "Coding",
    "Comparison",
    "CompressReport",
    "DataInput",
    "DecompressReport",
    "Elsewhere",
    "Failure",
    "FileTask",
    "Form",
    "Member",
    "Originals",
    "Outlier",
    "Reading",
    "Selection",
    "Settings",
    "Sources",
    "Target",
    "TaskResult",
    "VerifyReport",
    "append",
    "append_files",
    "atomic_file",
    "check_target",
    "compare",
    "compress_all",
    "compress_targets",
    "cores",
    "decompress_all",
    "decompress_one",
    "describe_file",
    "done_elsewhere",
    "file_tasks",
    "find_aez_files",
    "find_originals",
    "join",
    "make_folder",
    "members",
    "split",
    "split_names",
    "verify_all",
    "verify_file",
    "work_on_chunk",
]

# a command loads no other command's work
__getattr__ = exports(
    __name__,
    {
        "AezFile": "aez_files",
        "find_aez_files": "aez_files",
        "split_names": "aez_files",
        "work_on_chunk": "aez_files",
        "Comparison": "against",
        "compare": "against",
        "verify_file": "against",
        "Additions": "appending",
        "append": "appending",
        "append_files": "appending",
        "Coding": "coding",
        "compress_all": "compress",
        "DataInput": "data_sets",
        "DecompressReport": "decompress",
        "Settings": "decompress",
        "decompress_all": "decompress",
        "decompress_one": "decompress",
        "Member": "describe",
        "describe_file": "describe",
        "members": "describe",
        "CodedPart": "elsewhere",
        "Elsewhere": "elsewhere",
        "done_elsewhere": "elsewhere",
        "Failure": "failure",
        "join": "joining",
        "Originals": "originals",
        "find_originals": "originals",
        "cores": "parallel",
        "FileTask": "reading",
        "Reading": "reading",
        "file_tasks": "reading",
        "ArchiveReport": "repack",
        "CompressReport": "reports",
        "Outlier": "reports",
        "TaskResult": "reports",
        "atomic_file": "sinks",
        "check_target": "sinks",
        "make_folder": "sinks",
        "Sources": "sources",
        "split": "splitting",
        "Form": "target",
        "Target": "target",
        "compress_targets": "target",
        "VerifyReport": "verify",
        "verify_all": "verify",
        "Selection": "wanted",
    },
)
