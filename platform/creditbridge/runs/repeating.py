"""A past finding worked out again by the catalogues it was found with, where those of the installation are others by now.

Catalogues are read once a process and then stand everywhere in it. So the kept ones are unpacked into a folder, and a
process of its own evaluates the firm by them. It is handed plain data and answers bytes; the database it does not see.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creditbridge.records import retention
from creditbridge.records.columns import RecordColumns
from creditbridge.runs import models, results
from creditbridge.runs.evaluating import evaluate
from creditbridge.runs.registrations import Registrations
from creditbridge.runs.results import Results
from creditbridge.runs.stating import Heading, as_bytes

_SECONDS = 120.0
_ANSWERING = """
import sys
from pathlib import Path
from creditbridge.kernel import catalogue_files
catalogue_files.read_from(Path(sys.argv[1]))
from creditbridge.runs import repeating
repeating.answer()
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What a process needs to work a finding out again: plain data.

    Among ``records`` are those past their retention: how long they are kept is for the kept catalogues to say.
    """

    heading: Heading
    kind: str
    scorecard: Mapping[str, Any]
    catalogues: Mapping[str, str]
    records: RecordColumns
    registrations: Registrations
    kept: Results


class OtherCatalogues(RuntimeError):
    """The kept catalogues are not those the run names."""


def repeat(archive: Path, given: Given) -> tuple[bytes, bytes]:
    """What was kept of a firm and the same worked out again, both stated by the kept catalogues.

    Raises:
        OtherCatalogues: the archive is not that of the run.
    """
    with tempfile.TemporaryDirectory(prefix="catalogues-") as folder:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-c", _ANSWERING, folder],
            input=pickle.dumps(given),
            stdout=subprocess.PIPE,
            timeout=_SECONDS,
            check=True,
        )
    answer: tuple[bytes, bytes] | None = pickle.loads(done.stdout)  # noqa: S301 - of our own process
    if answer is None:
        raise OtherCatalogues(archive.name)
    return answer


def _repeated(given: Given) -> tuple[bytes, bytes] | None:
    if dict(given.catalogues) != dict(models.catalogue_digests()):
        return None
    model = models.model_of(given.scorecard, given.kind)
    records = retention.kept(given.records, given.heading.on)
    again = results.of(evaluate(records, given.registrations, model, given.heading.on))
    return as_bytes(given.kept, 0, model, given.heading), as_bytes(again, 0, model, given.heading)


def answer() -> None:
    """What the process that was started for it does: read what is given, write what comes of it."""
    given = pickle.load(sys.stdin.buffer)  # noqa: S301 - of the process that started this one
    sys.stdout.buffer.write(pickle.dumps(_repeated(given)))
