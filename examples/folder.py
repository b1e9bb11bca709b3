"""A folder of PNG files into one archive, and back into a folder."""

import tempfile
from pathlib import Path

import aecodec

DIGITS = Path(__file__).parent / "digits"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "digits.aez")
        packed = aecodec.compress_file(DIGITS, archive)
        restored = aecodec.decompress_file(archive, Path(folder, "restored"))
        print(
            f"{packed.images} images: {packed.source_bytes:,} bytes as PNG, "
            f"{packed.file_bytes:,} as .aez with their names, MSE {packed.mse:.4f}"
        )
        names = {path.name for path in Path(restored.output).iterdir()}
    assert names == {path.name for path in DIGITS.glob("*.png")}


if __name__ == "__main__":
    main()
