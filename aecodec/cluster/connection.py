"""The way to a cluster: its scheduler's address, and workers that answer."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from aecodec.batch import done_elsewhere
from aecodec.cluster.place import Cluster
from aecodec.errors import AecodecError, InvalidArgumentError, MissingDependencyError

if TYPE_CHECKING:
    from distributed import Client

TIMEOUT = 600.0
CONNECT_SECONDS = 20.0
WORKER_SECONDS = 60.0


@contextmanager
def workers(scheduler: "str | Client", *, timeout: float = TIMEOUT) -> Iterator[None]:
    """Let the workers of a Dask cluster do what is begun in the block.

    `compress_file` into one archive, `decompress_file` of several chunks, `verify_file` and the
    checks of `batch.verify_all` are then done by the workers, whatever their `jobs`; the results
    are the same, byte for byte. A folder as the target of `compress_file` is one archive in parts.
    Inputs and results are on a disk that all machines share, or URLs. Models need not be: the
    workers get them from the scheduler.

    A run that ended early, because a machine or the scheduler did, goes on where it was if it is
    begun again.

    Args:
        scheduler: The address of a scheduler, such as `tcp://10.0.0.1:8786`, or a client of it.
        timeout: Seconds after which a part that one worker has not done is given to another too.

    Raises:
        MissingDependencyError: Dask is not installed.
        InvalidArgumentError: That is no address, or the timeout is not positive.
        AecodecError: No scheduler answers, or it has no workers; or, in the block, the scheduler
            ended, all workers did, or a part failed again and again.
    """
    if timeout <= 0:
        raise InvalidArgumentError(f"timeout is a number of seconds above 0, not {timeout!r}")
    with _connected(scheduler) as client, done_elsewhere(Cluster(client, timeout)):
        yield


@contextmanager
def _connected(scheduler: "str | Client") -> "Iterator[Client]":
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingDependencyError(
            f"A cluster needs {error.name}, which is not installed: pip install 'aecodec[cluster]'"
        ) from error
    if isinstance(scheduler, Client):
        yield scheduler
        return
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except ValueError as error:
        raise InvalidArgumentError(
            "is no address of a scheduler, such as tcp://10.0.0.1:8786", scheduler
        ) from error
    except (OSError, TimeoutError) as error:
        raise AecodecError(
            "no scheduler answers there; start one with 'dask scheduler'", scheduler
        ) from error
    try:
        try:
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError as error:
            text = f"the scheduler has no workers; start some with 'dask worker {scheduler}'"
            raise AecodecError(text, scheduler) from error
        yield client
    finally:
        with suppress(OSError, TimeoutError, RuntimeError):  # there may be no scheduler any more
            client.close(timeout=CONNECT_SECONDS)
