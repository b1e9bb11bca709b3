"""The benchmark's report: a table for people, JSON for machines."""

import platform
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("aecodec", "numpy", "pillow", "msgpack", "typer", "scikit-image")


def environment() -> dict[str, Any]:
    """The machine and the versions that a figure depends on."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "processor": _processor(),
        },
        "versions": versions,
        "command": shlex.join(["aecodec", *sys.argv[1:]]),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a device, not a path
            lines = [line for line in file if line.startswith("model name")]
        return lines[0].partition(":")[2].strip()
    except (OSError, IndexError):
        return platform.processor()


def print_table(report: dict[str, Any]) -> None:
    """Print the rows as a table, and below it what a reader must know of them."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 132)
    title = f"{report['data']['images']:,} images of {report['data']['path']}"
    table = Table(title=title, title_justify="left")
    table.add_column("codec")
    heads = ("bytes an image", "payload", "one file", "x raw", "x PNG", "bpp", "MSE", "PSNR")
    for head in (*heads, "SSIM", "worst MSE", "enc/s", "dec/s"):
        table.add_column(head, justify="right")
    for row in report["codecs"]:
        table.add_row(*_cells(row))
    console.print(table)
    for line in notes(report):
        print(line)


def _cells(row: dict[str, Any]) -> list[str]:
    psnr = "" if row["psnr_db"] is None else f"{row['psnr_db']:.1f}"
    return [
        row["name"],
        f"{row['bytes_per_image']:.2f}",
        f"{row['payload_bytes_per_image']:.2f}",
        f"{row['single_file_bytes']:.1f}",
        f"{row['ratio_raw']:.1f}",
        f"{row['ratio_png']:.1f}",
        f"{row['bpp']:.3f}",
        f"{row['mse']:.4f}" if row["mse"] else "exact",
        psnr,
        "" if row["ssim"] is None else f"{row['ssim']:.3f}",
        f"{row['worst_mse']:.4f} (#{row['worst_image']})" if row["mse"] else "",
        f"{row['encode_images_per_s']:,.0f}",
        f"{row['decode_images_per_s']:,.0f}",
    ]


def notes(report: dict[str, Any]) -> list[str]:
    """Sentences that belong under the table."""
    best = report["best_archive"]
    lines = [
        "bytes an image: all images in one archive, container included; one file: mean of one "
        "file each; speeds: CPU time on one core, batches of 1,000.",
        f"Best general archive of the raw pixels: {best['name']}, "
        f"{best['bytes_per_image']:.1f} bytes an image.",
    ]
    for row in report["codecs"]:
        if "model_bytes" in row:
            pays = row["images_to_pay_for_model"]
            paid = f"pays for itself after {pays:,} PNGs" if pays else "never beats PNG here"
            lines.append(f"{row['name']}: the model has {row['model_bytes']:,} bytes, {paid}.")
            if row["arithmetic"] == "int64":
                lines.append(f"{row['name']}: self-check failed, so int64 arithmetic was used.")
    start = report["start_up"]
    lines.append(
        f"Start-up: a cold 'aecodec compress' of one PNG takes {start['compress_cpu_ms']:.0f} ms "
        f"of CPU time, its imports alone {start['imports_cpu_ms']:.0f} ms."
    )
    return lines
