"""Several writers of one firm's facts at once lose nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

from creditbridge.facts import service
from creditbridge.facts.firm_facts import FactSource, FactValue
from tests.firms import register_firm

FACTS = (
    "employees",
    "annual_revenue",
    "total_assets",
    "valid_patents",
    "new_hires",
    "business_loans",
    "total_debt",
    "net_profit",
)


def test_facts_recorded_at_the_same_time_are_all_kept(database):
    with database.write() as session:
        firm = register_firm(session)
        service.record_facts(session, firm.id, {"invention_patents": value(0)}, actor=None, reason="first")

    def record(code):
        with database.write() as session:
            return service.record_facts(session, firm.id, {code: value(7)}, actor=None, reason="together")

    with ThreadPoolExecutor(len(FACTS)) as pool:
        steps = list(pool.map(record, FACTS))
    with database.read() as session:
        held = service.facts_of(session, firm.id)
    assert set(held.values) == {*FACTS, "invention_patents"}
    assert len(set(steps)) == len(FACTS)
    assert held.change_seq == max(steps)


def value(raw):
    return FactValue(raw, FactSource.DEMO, date(2026, 11, 1))
