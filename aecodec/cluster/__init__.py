"""Batches on a Dask cluster (https://distributed.dask.org): `pip install 'aecodec[cluster]'`.

>>> with aecodec.cluster.workers("tcp://scheduler:8786"):  # doctest: +SKIP
...     aecodec.compress_file("/shared/drawings", "/shared/drawings.aez", level="x392")

`docs/cluster.md` says how to start one, and what a run costs.
"""

from aecodec.cluster.connection import workers

__all__ = ["workers"]
