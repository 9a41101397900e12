"""Which versions a run rests on: the scorecard in force, and the catalogues as installed.

A run keeps the scorecard's content and a digest of each catalogue. A past finding can be repeated as long as the
catalogues still say the same; where they do not, that is said, and not passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import labels
from creditbridge.runs.evaluating import Model
from creditbridge.runs.model import Run
from creditbridge.runs.rules import RunKind
from creditbridge.scoring import scorecards
from creditbridge.scoring import service as scoring
from creditbridge.scoring.indicators import catalogue as indicators


@dataclass(frozen=True, slots=True)
class Described:
    """A model in words that can be stored, and its digest."""

    stated: Mapping[str, Any]
    digest: str


def current(session: Session, _on: date) -> Described:
    """What a run for a day rests on now: the scorecard in use and the catalogues."""
    in_use = scoring.in_use(session)
    content = dict(in_use.content)
    stated: dict[str, Any] = {
        "scorecard": {"number": in_use.number, "content": content},
        "catalogues": dict(_catalogue_digests()),
    }
    rests_on = {"scorecard": content, "catalogues": stated["catalogues"]}
    return Described(stated, sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest())


def of_run(_session: Session, run: Run) -> Model:
    """The model a run rests on; a run for a past date gives no labels.

    Raises:
        RuleRefused: ``other_catalogues`` if the installation's catalogues are no longer those of the run.
    """
    if run.model["catalogues"] != dict(_catalogue_digests()):
        raise RuleRefused(
            "other_catalogues",
            Words(
                "该次评价依据的指标或标签目录已更新，无法按原口径重算。",
                "The catalogues of indicators or labels have changed since this run, so it cannot be repeated as it was.",
            ),
        )
    given = () if run.kind == RunKind.PAST else tuple(labels().values())
    return Model(indicators(), given, scorecards.read(run.model["scorecard"]["content"]))


@cache
def _catalogue_digests() -> Mapping[str, str]:
    """A digest of the files of each room whose data a finding rests on."""
    return {room: _digest(f"creditbridge.{room}") for room in ("records", "scoring", "labels", "runs")}


def _digest(package: str) -> str:
    whole = sha256()
    for path, file in _files(resources.files(package).joinpath("data"), ""):
        whole.update(f"{path}\n".encode())
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _files(folder: Traversable, path: str) -> Iterable[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, below)
        else:
            yield below, entry
