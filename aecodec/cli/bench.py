"""`aecodec bench`: every installed model beside PNG and the general compressors."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from aecodec.cli import options


def bench(
    data: Annotated[str, typer.Argument(help="A folder of images, an IDX, npy or npz file.")],
    model: options.ModelOption = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the report as JSON.", metavar="FILE")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw a sample as PNG.", metavar="FILE.png")
    ] = None,
    force: options.Force = False,
) -> None:
    """Compare ratio, reconstruction error and speed on your images.

    --model keeps to one model; without it every installed model is measured.
    """
    from aecodec.bench.peers import aecodec_peer, standard_peers
    from aecodec.bench.report import environment, print_table
    from aecodec.bench.run import measure, start_up
    from aecodec.codec import find_codec
    from aecodec.datasets import load_dataset
    from aecodec.models import installed
    from aecodec.outputs import atomic_file, check_target

    for target in (json, plot):
        if target:
            check_target(target, overwrite=force)
    images = load_dataset(data).images
    names = [model] if model else list(installed())
    peers = [aecodec_peer(find_codec(None, name)) for name in names] + standard_peers()
    png_mean = measure(next(p for p in peers if p.name == "png"), images, 1.0).row[
        "bytes_per_image"
    ]
    measured = {}
    with options.progress_bar("measuring", len(peers)) as progress:
        for peer in peers:
            measured[peer.name] = measure(peer, images, png_mean)
            if progress:
                progress(1)
    rows = [result.row for result in measured.values()]
    archives = [row for row in rows if row["name"].startswith(("zlib", "bz2", "xz"))]
    report = {
        **environment(),
        "data": {"path": data, "images": len(images)},
        "start_up": start_up(images[0]),
        "best_archive": min(archives, key=lambda row: row["bytes_per_image"]),
        "codecs": rows,
    }
    print_table(report)
    if json:
        with atomic_file(json, overwrite=force) as file:
            file.write(json_module.dumps(report, indent=2).encode())
    if plot:
        from aecodec.bench.plots import plot_reconstructions

        shown = {
            name: (result.decoded, f"MSE {result.row['mse']:.4f}")
            for name, result in measured.items()
            if name.startswith("aecodec")
        }
        with atomic_file(plot, overwrite=force) as file:
            plot_reconstructions(file, images, shown)
        options.say(f"{plot}: written")
