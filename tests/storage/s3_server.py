"""An S3 server in this process: moto's, which counts its requests and fails as it is told."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from s3fs import S3FileSystem
from werkzeug.serving import WSGIRequestHandler, make_server

CUT = 0  # a fault that is no status: the connection breaks in the middle of the answer
DROP = 1  # and another: it breaks in the middle of the request
CODES = {403: "AccessDenied", 412: "PreconditionFailed", 500: "InternalError", 503: "SlowDown"}
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
    """What befalls every nth request of a method, for keys that hold a text."""

    status: int
    method: str
    key: str
    every: int
    seen: int = 0

    def takes(self, request: Request) -> bool:
        if request.method != self.method or self.key not in request.key:
            return False
        self.seen += 1
        return self.seen % self.every == 0


class _Handler(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Nothing: the tests ask the server."""


def _hang_up(environment: Environment) -> None:
    environment["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionError


class S3Server:
    """An S3 server that listens until it is closed.

    All of them in a process hold the same buckets, and s3fs keeps its connections: one that was
    made for another server would go on there, where nobody counts.
    """

    def __init__(self) -> None:
        S3FileSystem.clear_instance_cache()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "one",
            "AWS_SECRET_ACCESS_KEY": "two",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        keys = {"aws_access_key_id": "one", "aws_secret_access_key": "two"}
        self.client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **keys)

    def close(self) -> None:
        S3FileSystem.clear_instance_cache()
        self.client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def suffer(self, status: int, method: str, key: str = "", every: int = 1) -> None:
        """Let requests fail with a status, be CUT or be DROPped."""
        self.faults.append(Fault(status, method, key, every))

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
        key = f"{environment['PATH_INFO']}?{environment['QUERY_STRING']}"
        request = Request(environment["REQUEST_METHOD"], key, environment.get("HTTP_RANGE", ""))
        self.requests.append(request)
        fault = next((fault for fault in self.faults if fault.takes(request)), None)
        if fault and fault.status == DROP:
            environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0) // 2)
            _hang_up(environment)
        if fault and fault.status != CUT:
            return self._refuse(fault.status, request, environment, start)

        if self._changed(request, environment.get("HTTP_IF_MATCH")):
            return self._refuse(412, request, environment, start)

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            request.status = int(status.split()[0])
            return start(status, headers, *rest)

        answer = self._moto(environment, started)
        return self._cut(answer, environment) if fault else self._whole(answer, request)

    def _changed(self, request: Request, version: str | None) -> bool:
        """Whether an upload in parts must replace another version than there is.

        moto compares where a file is put in one request, and S3 also where an upload completes.
        """
        if version is None or request.method != "POST" or "uploadId" not in request.key:
            return False
        bucket, _, key = request.key.partition("?")[0].strip("/").partition("/")
        return bool(self.client.head_object(Bucket=bucket, Key=key)["ETag"] != version)

    @staticmethod
    def _whole(answer: Iterable[bytes], request: Request) -> Iterator[bytes]:
        for data in answer:
            request.sent += len(data)
            yield data

    @staticmethod
    def _cut(answer: Iterable[bytes], environment: Environment) -> Iterator[bytes]:
        for data in answer:
            yield data[: len(data) // 2]
            _hang_up(environment)

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
