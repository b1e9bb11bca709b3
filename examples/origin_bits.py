"""What the bytes of an archive of digits are spent on, where their originals' bits are coded.

With the path of an .aez file it takes what is in there, without it ten of the examples' digits.
"""

import sys
from collections import Counter

import numpy as np
from originals import ten_digits

import aecodec
from aecodec.kinds.scan import ScanCoder


def main(archive: str | bytes) -> None:
    spent: Counter[str] = Counter()
    count = originals = 0
    with aecodec.open(archive) as opened:
        for number in range(opened.chunks):
            chunk = opened.read_chunk(number)
            (model,) = set(chunk.models)
            coder = opened.coders[model]
            assert isinstance(coder, ScanCoder), "it is not of the kind scan"
            codes = coder.unpack(chunk.payloads[0], chunk.count)
            spent.update(coder.sources(codes))
            count += chunk.count
            originals += np.count_nonzero(codes[:, 0])
        total = opened.summary()["bytes"]
    spent["the file besides"] = 8 * total - sum(spent.values())
    print(f"{count:,} digits, {originals:,} with an original, {total:,} bytes")
    for source, size in spent.items():
        print(f"{size / 8 / count:8.3f} bytes a digit: {source}")


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else ten_digits())
