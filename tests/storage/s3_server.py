"""An S3 server in this process: moto's, which counts its requests and fails as it is told."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

CUT = 0  # a fault that is no status: the connection breaks in the middle of the answer
CODES = {403: "AccessDenied", 500: "InternalError", 503: "SlowDown"}
Environment = dict[str, Any]


@dataclass
class Request:
    """What was asked, and how many bytes were sent for it."""

    method: str
    key: str
    range: str
    status: int = 0
    sent: int = 0


@dataclass
class Fault:
    """What befalls the next `times` requests of a method, for keys that hold a text."""

    status: int
    method: str
    key: str
    times: int

    def takes(self, request: Request) -> bool:
        if not self.times or request.method != self.method or self.key not in request.key:
            return False
        self.times -= 1
        return True


class _Handler(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Nothing: the tests ask the server."""


class S3Server:
    """An S3 server that listens until it is closed."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        keys = {"aws_access_key_id": "one", "aws_secret_access_key": "two"}
        self.client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **keys)

    def close(self) -> None:
        self.client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def suffer(self, status: int, method: str, key: str = "", times: int = 10**6) -> None:
        """Let requests fail with a status, or be CUT."""
        self.faults.append(Fault(status, method, key, times))

    @contextmanager
    def counted(self) -> Iterator[list[Request]]:
        """The requests of a block."""
        first = len(self.requests)
        found: list[Request] = []
        yield found
        found += self.requests[first:]

    def put(self, key: str, data: bytes, bucket: str = "set") -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def get(self, key: str, bucket: str = "set") -> bytes:
        data: bytes = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return data

    def names(self, bucket: str = "set") -> list[str]:
        found = self.client.list_objects_v2(Bucket=bucket)
        return [one["Key"] for one in found.get("Contents", [])]

    def unfinished(self, bucket: str = "set") -> int:
        """How many uploads in parts were neither completed nor aborted."""
        return len(self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", []))

    def __call__(self, environment: Environment, start: Any) -> Iterable[bytes]:
        asked = [
            environment.get(name, "") for name in ("REQUEST_METHOD", "PATH_INFO", "HTTP_RANGE")
        ]
        request = Request(*asked)
        self.requests.append(request)
        fault = next((fault for fault in self.faults if fault.takes(request)), None)
        if fault and fault.status:
            return self._refuse(fault.status, request, environment, start)

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            request.status = int(status.split()[0])
            return start(status, headers, *rest)

        return self._answer(self._moto(environment, started), request, cut=fault is not None)

    @staticmethod
    def _answer(answer: Iterable[bytes], request: Request, *, cut: bool) -> Iterator[bytes]:
        for data in answer:
            if cut:
                yield data[: len(data) // 2]
                raise ConnectionError
            request.sent += len(data)
            yield data

    @staticmethod
    def _refuse(
        status: int, request: Request, environment: Environment, start: Any
    ) -> Iterable[bytes]:
        length = int(environment.get("CONTENT_LENGTH") or 0)
        environment["wsgi.input"].read(length)
        request.status = status
        code = CODES[status]
        text = f"<Error><Code>{code}</Code><Message>{code}, as the test wants</Message></Error>"
        start(f"{status} {code}", [("Content-Type", "application/xml")])
        return [] if request.method == "HEAD" else [text.encode()]
