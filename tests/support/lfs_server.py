"""A small Git LFS server on this machine: the batch API and basic transfers, and ways to lose or damage objects."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MEDIA = "application/vnd.git-lfs+json"


class LfsServer(ThreadingHTTPServer):
    """`objects` are those that it has. `lost` are answered with 404; of `damaged` other bytes are sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.lost: set[str] = set()
        self.damaged: set[str] = set()
        self.asked: list[str] = []
        """The operation of each batch, in order."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/lfs"

    def has(self, oid: str) -> bool:
        return oid in self.objects and oid not in self.lost

    def content(self, oid: str) -> bytes:
        data = self.objects[oid]
        return bytes(byte ^ 0xFF for byte in data) if oid in self.damaged else data


class _Handler(BaseHTTPRequestHandler):
    server: LfsServer

    def do_POST(self) -> None:
        asked = json.loads(self._body())
        if self.path == "/lfs/objects/batch":
            self.server.asked.append(asked["operation"])
            answer = [self._answer(asked["operation"], each["oid"], each["size"]) for each in asked["objects"]]
            self._send(200, {"transfer": "basic", "objects": answer})
        elif self.path == "/lfs/verify":
            self._send(200 if self.server.has(asked["oid"]) else 404, {})
        else:  # file locks, which git-lfs asks about before a push
            self._send(404, {"message": "no locks here"})

    def do_GET(self) -> None:
        oid = self.path.rpartition("/")[2]
        self._send_bytes(200, self.server.content(oid), "application/octet-stream")

    def do_PUT(self) -> None:
        oid, data = self.path.rpartition("/")[2], self._body()
        is_right = hashlib.sha256(data).hexdigest() == oid
        if is_right:
            self.server.objects[oid] = data
        self._send(200 if is_right else 422, {})

    def _answer(self, operation: str, oid: str, size: int) -> dict[str, object]:
        found: dict[str, object] = {"oid": oid, "size": size}
        link = {"href": f"{self.server.url}/objects/{oid}"}
        if operation == "download" and self.server.has(oid):
            found["actions"] = {"download": link}
        elif operation == "download":
            found["error"] = {"code": 404, "message": "Object does not exist"}
        elif not self.server.has(oid):
            found["actions"] = {"upload": link}
        return found

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, code: int, value: dict[str, object]) -> None:
        self._send_bytes(code, json.dumps(value).encode(), MEDIA)

    def _send_bytes(self, code: int, data: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Not into a test's output."""


@contextmanager
def serving() -> Iterator[LfsServer]:
    """A server that answers as long as the block runs."""
    with LfsServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
