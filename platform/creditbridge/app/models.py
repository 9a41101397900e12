"""Imports every table, so that the metadata is complete for migrations and for tests."""

from borrowers.claims import model as claims_model
from borrowers.disputes import model as disputes_model
from borrowers.documents import model as documents_model
from borrowers.reported_facts import model as reported_facts_model
from creditbridge.access import model as access_model
from creditbridge.disclosure import model as disclosure_model
from creditbridge.facts import model as facts_model
from creditbridge.jobs import model as jobs_model
from creditbridge.labels import model as labels_model
from creditbridge.notices import model as notices_model
from creditbridge.records import model as records_model
from creditbridge.registry import model as registry_model
from creditbridge.reports import model as reports_model
from creditbridge.runs import model as runs_model
from creditbridge.scoring import model as scoring_model
from creditbridge.store import audit, change_counter, idempotency, outbox
from creditbridge.store.base import Base
from creditbridge.webhooks import model as webhooks_model
from lenders.institutions import model as institutions_model
from lenders.products import model as products_model
from lenders.schemes import model as schemes_model
from matching.applications import model as applications_model
from matching.approvals import model as approvals_model
from matching.conflicts import model as conflicts_model
from matching.drawdowns import model as drawdowns_model
from matching.ledger import model as ledger_model
from matching.lines import model as lines_model
from matching.monitoring import model as monitoring_model
from matching.needs import model as needs_model
from matching.tracking import model as tracking_model
from matching.whatif import model as whatif_model

MODEL_MODULES = (
    access_model,
    audit,
    change_counter,
    idempotency,
    jobs_model,
    outbox,
    registry_model,
    facts_model,
    scoring_model,
    records_model,
    labels_model,
    runs_model,
    disclosure_model,
    claims_model,
    documents_model,
    disputes_model,
    reported_facts_model,
    institutions_model,
    products_model,
    schemes_model,
    notices_model,
    webhooks_model,
    conflicts_model,
    approvals_model,
    applications_model,
    needs_model,
    tracking_model,
    lines_model,
    ledger_model,
    labels_model,
    reports_model,
    monitoring_model,
    whatif_model,
    drawdowns_model,
)

__all__ = ["MODEL_MODULES", "Base"]
