"""Asking a real server on this machine: what is sent, what is not followed, and when it is given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NoReturn

import pytest

from creditbridge.outbound import connecting, service
from creditbridge.outbound.rules import AddressRefused
from creditbridge.outbound.service import Limits, OutboundFailed


class Receiver(BaseHTTPRequestHandler):
    """Answers by path and keeps what it was asked."""

    asked: list[tuple[str, dict[str, str], bytes]]
    released: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/endless":
            self._drip()
            return
        content = b"x" * 5000 if self.path == "/large" else b"ok"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _drip(self) -> None:
        """A header line a moment, so that no single read ever waits long."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.released.wait(0.05):
            try:
                self.wfile.write(b"X-More: yes\r\n")
            except OSError:
                return

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.asked = []
    Receiver.released = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    port = server.server_port
    service.permit({f"127.0.0.1:{port}", f"hooks.example.com:{port}"})
    yield f"127.0.0.1:{port}"
    service.permit(())
    Receiver.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_name_stands_in_the_request_while_the_tested_address_is_connected_to(receiver: str) -> None:
    port = receiver.partition(":")[2]
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    answer = service.ask(
        "POST", f"http://hooks.example.com:{port}/in", body=b"{}", headers={"X-A": "1"}, resolve=resolve
    )

    assert (answer.status, answer.body) == (200, b"ok")
    assert looked_up == ["hooks.example.com"]
    [(_, headers, body)] = Receiver.asked
    assert headers["host"] == f"hooks.example.com:{port}"
    assert headers["x-a"] == "1"
    assert body == b"{}"


def test_a_redirect_is_answered_and_not_followed(receiver: str) -> None:
    answer = service.ask("POST", f"http://{receiver}/moved", body=b"")

    assert answer.status == 302
    assert len(Receiver.asked) == 1


def test_a_proxy_of_the_environment_is_not_used(receiver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert service.ask("POST", f"http://{receiver}/", body=b"").is_success


def test_a_large_answer_is_cut_off(receiver: str) -> None:
    with pytest.raises(OutboundFailed) as failed:
        service.ask("POST", f"http://{receiver}/large", body=b"", limits=Limits(answer_bytes=1000))
    assert failed.value.code == "too_large"


def test_an_answer_that_drips_for_ever_ends_at_the_deadline(receiver: str) -> None:
    with pytest.raises(OutboundFailed) as failed:
        service.ask("POST", f"http://{receiver}/endless", body=b"", limits=Limits(seconds=0.4))
    assert failed.value.code == "timed_out"


def test_a_name_of_many_silent_addresses_ends_at_the_deadline(
    receiver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names the host also says how many addresses it has; each may take its whole time to connect."""
    tried: list[str] = []

    def silent(address: tuple[str, int], timeout: object = None, **_options: object) -> NoReturn:
        tried.append(address[0])
        threading.Event().wait(0.05)
        raise TimeoutError

    monkeypatch.setattr(connecting, "create_connection", silent)
    with pytest.raises(OutboundFailed) as failed:
        service.ask(
            "POST",
            f"http://{receiver}/",
            body=b"",
            limits=Limits(seconds=0.2),
            resolve=lambda _host, _port: [f"127.0.{row}.{place}" for row in range(9) for place in range(250)],
        )
    assert failed.value.code == "timed_out"
    assert len(tried) < 20


def test_a_closed_port_is_no_connection(receiver: str) -> None:
    service.permit({"127.0.0.1:1"})
    with pytest.raises(OutboundFailed) as failed:
        service.ask("GET", "http://127.0.0.1:1/")
    assert failed.value.code == "not_connected"


def test_an_internal_host_that_nobody_permitted_is_not_asked(receiver: str) -> None:
    service.permit(())
    with pytest.raises(AddressRefused):
        service.ask("POST", f"https://{receiver}/", body=b"")
    assert Receiver.asked == []
