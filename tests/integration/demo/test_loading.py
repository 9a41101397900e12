"""Loading the demo city: the same each time, all or nothing, once."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import select

from creditbridge.access.model import Organisation
from creditbridge.app.models import Base
from creditbridge.demo import loader
from creditbridge.demo.dice import Dice
from creditbridge.demo.firms.register import draw_firms
from creditbridge.kernel import clock
from creditbridge.kernel.errors import RuleRefused
from creditbridge.store.database import Database
from creditbridge.store.files import FileStore
from tests.conftest import TODAY
from tests.integration.demo.conftest import empty_database

# Loading a whole city takes its time on a machine that has other things to do.
pytestmark = pytest.mark.timeout(300)

SMALL = 200
# Argon2 salts its hashes by chance, and no chance is what a hash is for; a secret is drawn and sealed by chance alone.
SALTED = {"user_account": {"password_hash"}, "webhook_endpoint": {"secret"}}


def load(database: Database, progress: loader.Progress, *, seed: str = loader.SEED) -> None:
    with tempfile.TemporaryDirectory() as folder, clock.at(TODAY):
        loader.load(database, FileStore(Path(folder)), progress, firms=SMALL, seed=seed)


def digest(database: Database) -> dict[str, str]:
    """What each table holds, row by row."""
    found = {}
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in SALTED.get(table.name, ())]
            rows = session.execute(select(*columns).order_by(*table.primary_key.columns)).all()
            found[table.name] = hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, tuple[int, int]]]:
    """The digest of a small city, and the last that was told of each part of its loading."""
    told: dict[str, tuple[int, int]] = {}
    with empty_database(tmp_path_factory.mktemp("small") / "one") as database:
        load(database, lambda label, done, total: told.update({label: (done, total)}))
        return digest(database), told


@pytest.mark.parametrize("seed", ["other", "s1"])
def test_the_story_of_the_firm_that_is_shown_holds_in_every_city(seed: str, tmp_path: Path) -> None:
    told: dict[str, tuple[int, int]] = {}
    with empty_database(tmp_path / seed) as database:
        load(database, lambda label, done, total: told.update({label: (done, total)}), seed=seed)
    assert all(done == total for done, total in told.values())


def test_the_same_seed_gives_the_same_city(small, tmp_path: Path) -> None:
    with empty_database(tmp_path / "two") as database:
        load(database, lambda *_: None)
        again = digest(database)
    assert {name for name, held in small[0].items() if held != again[name]} == set()


def test_progress_reaches_its_end_in_every_part(small) -> None:
    told = small[1]
    assert len(told) == 6
    assert all(done == total for done, total in told.values())


def test_another_seed_gives_another_city() -> None:
    names = [
        {firm.row.name for firm in draw_firms(Dice(seed), SMALL, TODAY.date())} for seed in ("one", "two")
    ]
    assert len(names[0] & names[1]) < SMALL / 4


def test_a_city_in_use_is_not_loaded_over(city: Database) -> None:
    with pytest.raises(RuleRefused):
        load(city, lambda *_: None)


def test_an_interrupted_load_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(label: str, done: int, total: int) -> None:
        if label.startswith("业务记录"):
            raise KeyboardInterrupt

    with empty_database(tmp_path / "city") as database:
        with pytest.raises(KeyboardInterrupt):
            load(database, interrupt)
        with database.read() as session:
            assert session.scalar(select(Organisation.id)) is None
