"""What-if as a lender's browser waits for it: the real server on this machine, a database and an index of a large city.

``creditbridge serve``, the web server of ``creditbridge run`` without the jobs beside it, is started on a folder of its
own and a free port of the loopback address, with the small demo city and so many firms more. Clients sign in as a product
manager and ask for the figures of a product, one threshold moved at a time, as the page's script does; each waits for its
answer before it asks again. Clients and server share the machine.
"""

from __future__ import annotations

import http.client
import random
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from creditbridge.bench.whatif_city import DEMO_FIRMS, FACTS, MANAGER, Question, prepare, with_settings
from creditbridge.demo.accounts import PASSWORD

WARM_UP = 10
READY_SECONDS = 180
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def measure(
    firms: int, clients: int, requests: int, pauses_ms: Sequence[int], keep: Path | None = None
) -> dict[str, Any]:
    """Milliseconds at the client, of so many requests by each of so many clients.

    Args:
        firms: of the city, beside the demo's.
        clients: how many ask at the same time.
        requests: of each, after some that are not counted.
        pauses_ms: how long a client waits between an answer and its next question; each is measured by itself.
        keep: a folder for the city, which is taken as it is where it is there already; else it does not stay.

    Raises:
        RuntimeError: the server did not start, or answered something else than figures; the folder holds something else.
    """
    with tempfile.TemporaryDirectory() as passing:
        folder = keep or Path(passing) / "city"
        environ = {
            "ENVIRONMENT": "demo",
            "DATA_DIR": str(folder),
            "PORT": str(_free_port()),
            "WHATIF_QUESTIONS_PER_DAY": "1000000",
        }
        question = prepare(folder, environ, firms)
        with _server(environ, Path(passing)) as port:
            signed_in = [_signed_in(port) for _ in range(clients)]
            measured = [_measured(port, signed_in, question, requests, pause) for pause in pauses_ms]
    return {
        "firms": firms + DEMO_FIRMS,
        "facts_per_firm": len(FACTS),
        "clients": clients,
        "measured": measured,
    }


def _measured(
    port: int, signed_in: Sequence[Mapping[str, str]], question: Question, requests: int, pause_ms: int
) -> dict[str, Any]:
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(signed_in)) as pool:
        asking = [
            pool.submit(_ask, port, headers, question, requests, pause_ms / 1000) for headers in signed_in
        ]
        told = [one.result() for one in asking]
    wall = time.perf_counter() - begun
    spent = sorted(one * 1000 for several in told for one in several)
    return {
        "pause_ms": pause_ms,
        "requests": len(spent),
        "median_ms": round(statistics.median(spent), 2),
        "p95_ms": round(spent[min(len(spent) - 1, int(len(spent) * 0.95))], 2),
        "most_ms": round(spent[-1], 2),
        "requests_per_second": round(len(spent) / wall, 1),
    }


@contextmanager
def _server(environ: Mapping[str, str], folder: Path) -> Iterator[int]:
    """The web server, from when it is ready until it is asked to stop."""
    port = int(environ["PORT"])
    asked = with_settings(environ, "serve")
    with (folder / "run.log").open("w") as log:
        running = subprocess.Popen(asked, stdout=log, stderr=log)  # noqa: S603 - ourselves
        try:
            _wait(port, running)
            yield port
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def _wait(port: int, running: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + READY_SECONDS
    while time.monotonic() < patience and running.poll() is None:
        try:
            if _get(http.client.HTTPConnection("127.0.0.1", port, timeout=10), "/readyz", {})[0] == 200:
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("the server did not become ready")


def _ask(
    port: int, headers: Mapping[str, str], question: Question, requests: int, pause: float
) -> list[float]:
    """One client: asks some times that do not count, and then for the time of each answer."""
    dice = random.Random(headers["Cookie"])  # noqa: S311 - nothing secret
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    spent = []
    for turn in range(WARM_UP + requests):
        path = f"/lender/products/{question.product}/what-if/figures?{dice.choice(question.queries)}"
        begun = time.perf_counter()
        status, body = _get(connection, path, headers)
        taken = time.perf_counter() - begun
        if status != 200 or b'"moved"' not in body:
            raise RuntimeError(f"{path} answered {status}")
        if turn >= WARM_UP:
            spent.append(taken)
        time.sleep(pause)
    connection.close()
    return spent


def _signed_in(port: int) -> dict[str, str]:
    """The headers of somebody who has signed in."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    token = _TOKEN.search(answer.read().decode())
    if token is None:
        raise RuntimeError("the page to sign in has no token")
    cookies = _cookies(answer)
    form = urlencode({"login_name": MANAGER, "password": PASSWORD, "csrf_token": token[1]})
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
    connection.request("POST", "/sign-in", form, kind)
    answer = connection.getresponse()
    answer.read()
    if answer.status not in (302, 303):
        raise RuntimeError(f"signing in answered {answer.status}")
    connection.close()
    return {"Cookie": _cookies(answer) or cookies}


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(row.partition(";")[0] for row in answer.headers.get_all("Set-Cookie") or ())


def _get(connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    return answer.status, answer.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
