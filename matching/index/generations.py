"""Generations of the index: files that never change, written aside and renamed into place, mapped by every process.

A generation is a folder of arrays: the city's fact columns as of a change of the counter, the packed verdicts of the
products that were live then, on its legal date, and a bitmap for each label. The file ``CURRENT`` names the newest.
Processes map the arrays and share the memory; who has an older generation open keeps it until he lets go.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import Column, FactColumns, Kind
from creditbridge.kernel.ids import public_id
from matching.index.comparing import Words
from matching.index.whole_city import Verdicts

FOLDER_KEY = "index_folder"
"""Where a session finds the folder of the index (``Session.info``)."""
_CURRENT = "CURRENT"
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of the city. ``versions`` are the product versions its verdicts are of, by place.

    ``highest_firm_id`` is the key of the firm that came last: one with a higher key is none of it.
    """

    city: FactColumns
    highest_firm_id: int
    on: date
    versions: Mapping[int, int]
    verdicts: Verdicts
    sets: Mapping[str, Words]
    name: str = ""


def write(folder: Path, made: Generation) -> str:
    """Write a generation and make it the current one; answers its name."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"aside-{os.getpid()}-{public_id()}"
    aside.mkdir()
    digests: dict[str, str] = {}
    for name, array in _arrays(made).items():
        np.save(aside / f"{name}.npy", array)
        digests[name] = sha256(np.ascontiguousarray(array).data).hexdigest()
    manifest = {**_manifest(made), "digests": digests}
    text = json.dumps(manifest, sort_keys=True)
    (aside / "manifest.json").write_text(text, encoding="utf-8")
    name = f"{made.city.change_seq}-{made.on.isoformat()}-{sha256(text.encode()).hexdigest()[:16]}"
    if (folder / name).exists():
        shutil.rmtree(aside)
    else:
        aside.rename(folder / name)
    _name_current(folder, name)
    _sweep(folder, name)
    return name


def current(folder: Path) -> str | None:
    """The name of the newest generation."""
    try:
        return (folder / _CURRENT).read_text(encoding="utf-8") or None
    except FileNotFoundError:
        return None


def load(folder: Path, name: str) -> Generation:
    """Map a generation.

    Raises:
        FileNotFoundError: it is there no longer.
    """
    place = folder / name
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))

    def mapped(array: str) -> NDArray[Any]:
        opened: NDArray[Any] = np.load(place / f"{array}.npy", mmap_mode="r")
        return opened.view(np.ndarray)

    columns = {
        row["key"]: Column(
            row["key"], Kind(row["kind"]), mapped(f"{n}.values"), mapped(f"{n}.as_of"), tuple(row["codes"])
        )
        for n, row in enumerate(manifest["columns"])
    }
    sets = {key: mapped(f"{n}.bitmaps") for n, key in enumerate(columns) if columns[key].kind is Kind.SETS}
    city = FactColumns(mapped("firm_nos"), columns, manifest["change_seq"])
    return Generation(
        city,
        manifest["highest_firm_id"],
        date.fromisoformat(manifest["on"]),
        {version: place for place, version in enumerate(manifest["versions"])},
        Verdicts(mapped("verdicts"), len(city)),
        sets,
        name,
    )


def verify(folder: Path, name: str) -> list[str]:
    """The arrays of a generation that do not hold what its manifest says."""
    manifest = json.loads((folder / name / "manifest.json").read_text(encoding="utf-8"))
    return [
        array
        for array, digest in manifest["digests"].items()
        if sha256(np.ascontiguousarray(np.load(folder / name / f"{array}.npy")).data).hexdigest() != digest
    ]


def _arrays(made: Generation) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {"firm_nos": made.city.firm_nos, "verdicts": made.verdicts.tiles}
    for n, (key, column) in enumerate(made.city.columns.items()):
        arrays[f"{n}.values"], arrays[f"{n}.as_of"] = column.values, column.as_of
        if column.kind is Kind.SETS:
            arrays[f"{n}.bitmaps"] = made.sets[key]
    return arrays


def _manifest(made: Generation) -> dict[str, Any]:
    return {
        "change_seq": made.city.change_seq,
        "highest_firm_id": made.highest_firm_id,
        "on": made.on.isoformat(),
        "versions": sorted(made.versions, key=lambda version: made.versions[version]),
        "columns": [
            {"key": column.key, "kind": column.kind.value, "codes": list(column.codes)}
            for column in made.city.columns.values()
        ],
    }


def _name_current(folder: Path, name: str) -> None:
    aside = folder / f"{_CURRENT}-{os.getpid()}-{public_id()}"
    aside.write_text(name, encoding="utf-8")
    aside.replace(folder / _CURRENT)


def _sweep(folder: Path, newest: str) -> None:
    """Remove all but the newest generations; what others have mapped stays theirs."""
    older = sorted(
        (place for place in folder.iterdir() if place.is_dir() and place.name[0].isdigit()),
        key=lambda place: place.stat().st_mtime,
    )
    for place in older[:-_KEPT]:
        if place.name != newest:
            shutil.rmtree(place, ignore_errors=True)
