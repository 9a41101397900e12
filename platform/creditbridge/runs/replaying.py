"""A past score, worked out again from the records, registration and model it was found with, and compared byte by byte."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel.errors import InvalidInput, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.records import manifest, retention
from creditbridge.records.columns import RecordColumns
from creditbridge.records.lake import Lake, Watermark
from creditbridge.registry import service as registry
from creditbridge.runs import models, registrations, results, service
from creditbridge.runs.evaluating import Evaluated, Model, evaluate
from creditbridge.runs.model import Run
from creditbridge.runs.places import folder
from creditbridge.runs.registrations import Registrations
from creditbridge.runs.repeating import Given, repeat
from creditbridge.runs.rules import parse_evaluation_id
from creditbridge.runs.service import Found
from creditbridge.runs.stating import Heading, as_bytes

_EVALUATION = Words("评价结果", "evaluation")
_FORM = Words(
    "评价编号由评价任务编号和企业编号组成，中间用点隔开。",
    "The id of an evaluation is the id of the run and that of the firm with a dot between them.",
)
EXPIRED = Words(
    "该次评价的数据已超过保存期限，只保留结果摘要。",
    "The data of this evaluation is past its retention; its digest remains.",
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A past evaluation and the same worked out again, each as bytes; ``again`` is None past the retention."""

    kept: bytes | None
    again: bytes | None
    run_digest: str

    @property
    def is_same(self) -> bool:
        return self.kept is not None and self.kept == self.again

    @property
    def digest(self) -> str:
        return sha256(self.kept or b"").hexdigest()


def replay(session: Session, evaluation_id: str) -> Replayed:
    """Work a past evaluation out again.

    Raises:
        InvalidInput: the id is none.
        NotFound: there is no such run or firm, or the run did not look at the firm.
        RuleRefused: the catalogues of the run are no longer those of the installation, and were not kept either.
    """
    parsed = parse_evaluation_id(evaluation_id)
    if parsed is None:
        raise InvalidInput({"id": [_FORM]})
    run_id, firm_public_id = parsed
    run = session.scalar(select(Run).where(Run.public_id == run_id))
    firm = registry.firm(session, firm_public_id)
    if run is None:
        raise NotFound(_EVALUATION)
    found = service.found_of(session, run, firm.firm_no)
    if found is None:
        return Replayed(None, None, run.digest)
    lake = _lake_of(session, run)
    if lake is None:
        raise NotFound(_EVALUATION)
    records = lake.held_on([firm.firm_no], run.on_date)
    kept, fresh = _both(session, found, records, _registered(session, found, firm.firm_no))
    if kept != fresh and lake.has_lost(firm.firm_no):
        return Replayed(kept, None, run.digest)
    return Replayed(kept, fresh, run.digest)


def _both(
    session: Session, found: Found, records: RecordColumns, register: Registrations
) -> tuple[bytes, bytes]:
    """What was kept and the same worked out again, by the catalogues of then; they say too how long records are kept."""
    run, kept = found.run, found.results.taken(slice(found.row, found.row + 1))
    heading = Heading(run.public_id, run.on_date, run.model_digest)
    try:
        model = models.of_run(session, run)
    except RuleRefused:
        archive = models.archive_of(folder(session), run.model["catalogues"])
        if not archive.exists():
            raise
        scorecard = run.model["scorecard"]["content"]
        return repeat(
            archive, Given(heading, run.kind, scorecard, run.model["catalogues"], records, register, kept)
        )
    counting = retention.kept(records, run.on_date)
    fresh = results.of(evaluate(counting, register, model, run.on_date))
    return as_bytes(kept, 0, model, heading), as_bytes(fresh, 0, model, heading)


def again(
    session: Session, found: Found, firm_no: int, model: Model
) -> tuple[RecordColumns, Evaluated] | None:
    """A firm evaluated anew as a run did: the records that counted, and what comes of them; None for a run not begun."""
    lake = _lake_of(session, found.run)
    if lake is None:
        return None
    records = lake.read_firms([firm_no], found.run.on_date)
    return records, evaluate(records, _registered(session, found, firm_no), model, found.run.on_date)


def _lake_of(session: Session, run: Run) -> Lake | None:
    """The lake as a run had it; None for a run not begun."""
    if run.record_no is None or run.overlay_no is None:
        return None
    return manifest.opened(session).at(Watermark(run.record_no, run.overlay_no))


def _registered(session: Session, found: Found, firm_no: int) -> Registrations:
    """What the register said of a firm."""
    as_now = registrations.read(session, [firm_no])
    return as_now.as_stated(found.results.registration[found.row : found.row + 1])
