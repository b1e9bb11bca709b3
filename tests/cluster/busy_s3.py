"""An S3 server that refuses every ninth request and answers every eighth late."""

import time
from collections.abc import Iterable
from itertools import count
from typing import Any

from storage.s3_server import S3Server

LATE, REFUSED = 8, 9
TEXT = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class BusyS3Server(S3Server):
    """Attributes: `busy`, whether it is; otherwise it answers as any other."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.busy = False
        super().__init__()

    def __call__(self, environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        number = next(self._numbers)
        if self.busy and number % LATE == 0:
            time.sleep(0.05)
        if self.busy and number % REFUSED == 0:
            environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
            start("503 Slow Down", [("Content-Type", "application/xml")])
            return [TEXT]
        return super().__call__(environment, start)
