"""What rooms above do, in the same transaction, when something happens in a room below that must not know them."""

from __future__ import annotations

from creditbridge.disclosure import consents, door, ledger
from creditbridge.facts.label_names import name_labels_with
from creditbridge.labels.catalogue import matchable_names
from creditbridge.labels.checking import check_installed
from creditbridge.repair import service as repair
from creditbridge.runs import simulating
from lenders.institutions.service import branch_name, check_may_look
from matching.applications import figures, withdrawing
from matching.ledger import checking, statements
from matching.lines import booking, naming
from matching.needs import revealing, suggesting
from matching.path import service as path


def connect() -> None:
    """Connect every listener; harmless when done again. Called by whatever starts a process."""
    check_installed()
    name_labels_with(matchable_names())
    consents.on_revoked(withdrawing.withdraw_for_consent)
    consents.on_revoked(revealing.end_for_consent)
    suggesting.measure_with(figures.measures)
    ledger.name_branches_with(branch_name)
    door.check_recipients_with(check_may_look)
    path.simulate_with(simulating.simulation_of)
    path.offer_with(repair.actions_of)
    checking.ask_witness(booking.differences)
    statements.name_with(naming.named)
