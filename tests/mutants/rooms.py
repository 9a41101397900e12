"""The rooms that ``make mutants`` tries: their files, and the quick tests that must find a fault in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    files: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "schedules": Room(
        tuple(
            f"lenders/pricing/{name}.py" for name in ("schedule", "running", "revolving", "overdue", "apr")
        ),
        tuple(
            f"tests/unit/lenders/test_{name}.py"
            for name in ("schedule", "closed_forms", "running_loans", "loan_edges", "apr")
        ),
    ),
    "ledger": Room(
        tuple(
            f"matching/ledger/{name}.py"
            for name in ("rules", "limits", "quotas", "posting", "credit", "pools", "statements", "checking")
        ),
        ("tests/unit/ledger", "tests/integration/ledger/test_ledger_services.py"),
    ),
    "states": Room(
        ("creditbridge/kernel/lifecycle.py", "creditbridge/store/transitions.py"),
        ("tests/unit/kernel/test_lifecycle.py", "tests/integration/store/test_transitions.py"),
    ),
    "disclosure": Room(
        tuple(
            f"creditbridge/disclosure/{name}.py" for name in ("door", "rules", "scopes", "consents", "ledger")
        ),
        ("tests/unit/disclosure", "tests/integration/disclosure"),
    ),
}
