"""``make mutants``: how many small faults put into a room its quick tests find; prints one JSON line a room.

Each room is laid out apart under ``build/mutants``, with the packages side by side as mutmut wants them, and only its
own files are mutated. ``python -m tests.mutants --only ledger --jobs 2`` tries one; ``--show`` lists what survived
with its change. A room below :data:`WANTED` ends the run with 1. Sentences for people are left alone (their translation is
checked by ``make check``), and so are tables at the top of a module, which mutmut does not reach: the tests of every
life cycle hold those.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.rooms import ROOMS, Room

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutants"
PACKAGES = {"creditbridge": "platform/creditbridge"} | {
    name: name for name in ("lenders", "borrowers", "matching", "tests")
}
WANTED = 0.9
SENTENCES = (
    r"[\u4e00-\u9fff]",
    r"^\s+f?\"[A-Z][^\"]* [^\"]*[.:]\",?$",
    r"^\s+f?\"[^\"]+ [^\"]+ [^\"]+ [^\"]+\",?$",
)
STATUS = {0: "survived", 5: "untested", 33: "untested", None: "untried", 34: "skipped"}


@dataclass(frozen=True)
class Score:
    """What became of a room's mutants; one that ends in a fault of any kind or runs out of time was found."""

    room: str
    counts: Counter[str]
    seconds: float

    @property
    def tried(self) -> int:
        return self.counts.total() - self.counts["skipped"]

    @property
    def share(self) -> float:
        return self.counts["found"] / self.tried if self.tried else 0.0

    def line(self) -> str:
        found = {"room": self.room, "mutants": self.tried, **self.counts}
        return json.dumps(found | {"score": round(self.share, 4), "seconds": round(self.seconds, 1)})


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--only", choices=sorted(ROOMS), action="append")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--minutes", type=float, default=60, help="Longest for a room; what is untried counts against it."
    )
    parser.add_argument(
        "--sample", type=int, default=0, help="Try so many of a room, chosen by chance; all without it."
    )
    parser.add_argument("--again", action="store_true", help="Try only what survived an earlier run.")
    parser.add_argument("--show", action="store_true", help="List what survived.")
    asked = parser.parse_args()
    enough = True
    for name in asked.only or ROOMS:
        score = run(name, ROOMS[name], asked)
        print(score.line(), flush=True)
        enough = enough and score.share >= WANTED
    return 0 if enough else 1


def run(name: str, room: Room, asked: argparse.Namespace) -> Score:
    """Try a room's mutants."""
    began, place = time.monotonic(), BUILD / name
    if not asked.again:
        shutil.rmtree(place, ignore_errors=True)
    lay_out(place, room)
    wanted = names_of(place, room)
    if asked.sample:
        wanted = random.Random(5).sample(wanted, min(asked.sample, len(wanted)))
    found = {key for key, code in read(place).items() if not STATUS.get(code)}
    forget_survivors(place)
    environ = {**os.environ, "MUTANTS_FOLDER": str(place), "HYPOTHESIS_PROFILE": "mutants"}
    environ.pop("TEST_DATABASE_URL", None)
    mutmut = Path(sys.executable).with_name("mutmut")
    command = [str(mutmut), "run", "--max-children", str(asked.jobs)]
    command += [key for key in wanted if key not in found] if asked.sample else []
    with (place / "mutmut.log").open("w") as said:
        try:
            subprocess.run(
                command, cwd=place, env=environ, stdout=said, stderr=said, timeout=asked.minutes * 60
            )
        except subprocess.TimeoutExpired:
            print(f"{name}: stopped after {asked.minutes} minutes", file=sys.stderr)
    results = {key: code for key, code in read(place).items() if key in set(wanted)}
    if not results:
        raise SystemExit((place / "mutmut.log").read_text(errors="replace")[-4000:])
    counts = Counter(STATUS.get(code, "found") for code in results.values())
    if asked.show:
        show(place, [key for key, code in results.items() if STATUS.get(code) in {"survived", "untested"}])
    return Score(name, counts, time.monotonic() - began)


def names_of(place: Path, room: Room) -> list[str]:
    """The names of a room's mutants."""
    from mutmut.configuration import reset_config
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.file_utils import change_cwd
    from mutmut.utils.format_utils import get_mutant_name

    reset_config()
    with change_cwd(place):  # where the room's own configuration is
        return [
            get_mutant_name(Path(file), name)
            for file in room.files
            for name in mutate_file_contents(file, Path(file).read_text("utf-8")).mutant_names
        ]


def lay_out(place: Path, room: Room) -> None:
    """The packages side by side, and a configuration that names the room's files and tests."""
    place.mkdir(parents=True, exist_ok=True)
    for name, path in PACKAGES.items():
        link = place / name
        if not link.exists():
            link.symlink_to(ROOT / path)
    settings = {
        "source_paths": [name for name in PACKAGES if name != "tests"],
        "only_mutate": list(room.files),
        "do_not_mutate_patterns": list(SENTENCES),
        "pytest_add_cli_args_test_selection": list(room.tests),
        "pytest_add_cli_args": ["-p", "tests.mutants.quick"],
        "timeout_multiplier": 8.0,
        "timeout_constant": 4.0,
        "use_setproctitle": False,
        "track_dependencies": False,
        "use_git_change_detection": False,
    }
    told = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (place / "pyproject.toml").write_text(f"{project}\n[tool.mutmut]\n{told}\n", "utf-8")


def forget_survivors(place: Path) -> None:
    """Have what survived tried again; what was found stays found, and the tests are taken anew."""
    for path in (place / "mutants").rglob("*.meta"):
        held = json.loads(path.read_text("utf-8"))
        codes = held["exit_code_by_key"]
        held["exit_code_by_key"] = {key: None if STATUS.get(code) else code for key, code in codes.items()}
        path.write_text(json.dumps(held), "utf-8")
    (place / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)


def read(place: Path) -> dict[str, int | None]:
    """Every mutant and the exit code of its tests."""
    found: dict[str, int | None] = {}
    for path in sorted((place / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_text("utf-8"))["exit_code_by_key"]
    return found


def show(place: Path, keys: list[str]) -> None:
    """Print each mutant's change."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.file_utils import change_cwd

    with change_cwd(place):
        for key in keys:
            print(f"# {key}\n{get_diff_for_mutant(key)}")


if __name__ == "__main__":
    sys.exit(main())
