"""The records of zip files (PKWARE's APPNOTE), as they are read and written here."""

import struct

ENTRY = struct.Struct("<4s6H3L5H2L")  # of the directory, for each member
ENTRY_MAGIC = b"PK\1\2"
END = struct.Struct("<4s4H2LH")  # at the end: counts, size and place of the directory, comment
END_MAGIC = b"PK\5\6"
END_64 = struct.Struct("<4sQ2H2L4Q")  # the same of a large file
END_64_MAGIC = b"PK\6\6"
LOCATOR = struct.Struct("<4sLQL")  # of the record for large files, behind it
LOCATOR_MAGIC = b"PK\6\7"
UTF8 = 0x800  # a flag: so the name is written
LARGE = 2**32 - 1  # says that the number stands in a field of its own
LARGE_FIELD = 1
