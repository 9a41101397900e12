"""A receiver of webhooks for tests: a real server on this machine that answers as it is told and keeps what it got."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from creditbridge.outbound import service as outbound


@dataclass
class Got:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        """As Standard Webhooks says, worked out without its library."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{right}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    url: str
    answers: list[int] = field(default_factory=list)
    """The statuses to answer with, in turn; 200 when there are no more."""
    got: list[Got] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    """A request answered with 0 waits for this before it is answered with 200."""
    arrived: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver as long as the block lasts, which this process may ask."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Got({name.lower(): value for name, value in self.headers.items()}, body))
            receiver.arrived.set()
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status == 0:
                receiver.release.wait(20)
            self.send_response(status or 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"127.0.0.1:{server.server_port}"
    receiver = Receiver(f"http://{address}/hooks")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    outbound.permit({address})
    try:
        yield receiver
    finally:
        outbound.permit(())
        receiver.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
