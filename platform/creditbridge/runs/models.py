"""Which versions a run rests on: the scorecard in force, and the catalogues as installed.

A run keeps the scorecard's content and a digest of each catalogue; the catalogues themselves are kept beside its files, once
for each state of theirs, so that a past finding is repeated by those it was found with (``repeating``).
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.kernel import catalogue_files
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import labels
from creditbridge.runs.evaluating import Model
from creditbridge.runs.model import Run
from creditbridge.runs.rules import RunKind
from creditbridge.scoring import scorecards
from creditbridge.scoring import service as scoring
from creditbridge.scoring.indicators import catalogue as indicators

_ROOMS = ("records", "scoring", "labels", "runs")


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
        "catalogues": dict(catalogue_digests()),
    }
    rests_on = {"scorecard": content, "catalogues": stated["catalogues"]}
    return Described(stated, sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest())


def are_those_of(run: Run) -> bool:
    """Whether the installation's catalogues are still those that a run rests on."""
    kept: Mapping[str, str] = run.model["catalogues"]
    return kept == dict(catalogue_digests())


def of_run(_session: Session, run: Run) -> Model:
    """The model a run rests on; a run for a past date gives no labels.

    Raises:
        RuleRefused: ``other_catalogues`` if the installation's catalogues are no longer those of the run.
    """
    if not are_those_of(run):
        raise RuleRefused(
            "other_catalogues",
            Words(
                "该次评价依据的指标或标签目录已更新，无法按原口径重算。",
                "The catalogues of indicators or labels have changed since this run, so it cannot be repeated as it was.",
            ),
        )
    return model_of(run.model["scorecard"]["content"], run.kind)


def model_of(scorecard: Mapping[str, Any], kind: str) -> Model:
    """The model of a run of some kind by the installation's catalogues."""
    given = () if kind == RunKind.PAST else tuple(labels().values())
    return Model(indicators(), given, scorecards.read(scorecard))


@cache
def catalogue_digests() -> Mapping[str, str]:
    """A digest of the files of each room whose data a finding rests on."""
    return {room: _digest(f"creditbridge.{room}") for room in _ROOMS}


def _digest(package: str) -> str:
    whole = sha256()
    for path, file in catalogue_files.files_of(package):
        whole.update(f"{path}\n".encode())
        whole.update(file.read_bytes())
    return whole.hexdigest()


def archive_of(place: Path, digests: Mapping[str, str]) -> Path:
    """Where catalogues of these digests are kept among the files of runs."""
    name = sha256(json.dumps(dict(digests), sort_keys=True).encode()).hexdigest()
    return place / "catalogues" / f"{name}.zip"


def keep_catalogues(place: Path) -> None:
    """Keep the catalogues as they are now beside the files of runs, so that what is found by them can be repeated."""
    kept = archive_of(place, catalogue_digests())
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    aside = kept.with_suffix(f".{os.getpid()}.aside")
    with aside.open("wb") as written:
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
            for room in _ROOMS:
                for path, file in catalogue_files.files_of(f"creditbridge.{room}"):
                    packed.writestr(f"creditbridge.{room}{path}", file.read_bytes())
        written.flush()
        os.fsync(written.fileno())
    aside.replace(kept)
