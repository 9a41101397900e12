"""The history of the demo city is one that the rules allow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from creditbridge.access.model import Membership, User
from creditbridge.access.rules import Actor, Role
from creditbridge.access.service import actor_of
from creditbridge.demo import loader
from creditbridge.disclosure import consents
from creditbridge.disclosure.model import AccessEntry, Consent
from creditbridge.kernel import clock
from creditbridge.notices import service as notices
from creditbridge.notices.model import Notice
from creditbridge.notices.service import Show
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.products.model import Product, ProductVersion
from matching.applications import expiring, queue
from matching.applications.model import (
    Application,
    Decision,
    Offer,
    Submission,
    SubmissionEvent,
    SupplementRequest,
)
from matching.applications.reasons import Reason, check_reasons
from matching.applications.rules import (
    OPEN_STATES,
    STEPS,
    SUBMISSION,
    OfferState,
    SubmissionState,
    SupplementState,
)
from matching.drawdowns.model import Drawdown
from matching.lines import holding
from matching.lines.dimensions import Dimension, Selection
from matching.lines.model import CreditLine, LineBalance, LineEntry
from matching.monitoring.model import MonitorAlert
from matching.tracking import service as tracking

# Loading a whole city takes its time on a machine that has other things to do.
pytestmark = pytest.mark.timeout(300)

Actors = Callable[[str], Actor]


@pytest.fixture
def signed_in(city: Database) -> Actors:
    """The actor of a login name."""

    def find(login_name: str) -> Actor:
        with city.read() as session:
            membership = session.scalars(
                select(Membership).join(User).where(User.login_name == login_name)
            ).one()
            return actor_of(membership.user, membership)

    return find


def test_there_is_as_much_of_it_as_promised(city: Database) -> None:
    with city.read() as session:
        states = Counter(session.scalars(select(Submission.state)))
        lines = Counter(session.scalars(select(CreditLine.source)))
    ended = sum(states[state] for state in SubmissionState if state not in (*OPEN_STATES, "granted", "closed", "superseded"))  # fmt: skip
    assert 250 <= lines.total() <= 275
    assert lines["offline"] == loader.OFFLINE_GRANTS + 1, "and the line the showcase firm draws on"
    assert 115 <= ended <= 160
    assert all(states[state] >= 3 for state in OPEN_STATES)


def test_every_walk_is_legal(city: Database) -> None:
    walks: dict[int, list[SubmissionEvent]] = defaultdict(list)
    with city.read() as session:
        for event in session.scalars(select(SubmissionEvent).order_by(SubmissionEvent.id)):
            walks[event.submission_id].append(event)
        final = dict(session.execute(select(Submission.id, Submission.state)).all())
    assert walks.keys() == final.keys()
    for key, events in walks.items():
        assert events[0].step == "submit"
        state = SUBMISSION.initial
        for event in events[1:]:
            state = SUBMISSION.check(event.step, state)
            assert event.state == state
        assert state == final[key]


def test_every_step_was_taken_by_a_role_that_may(city: Database) -> None:
    with city.read() as session:
        roles = dict(session.execute(select(Membership.user_id, Membership.role)).all())
        steps = session.execute(select(SubmissionEvent.step, SubmissionEvent.actor_id)).all()
    for step, actor_id in steps:
        if step == "submit":
            assert roles[actor_id] == Role.FIRM_OWNER
        elif actor_id is None:
            assert not STEPS[step] or step == "supersede"
        else:
            assert Role(roles[actor_id]) in STEPS[step], step


def test_steps_follow_one_another_in_time(city: Database) -> None:
    with city.read() as session:
        rows = session.execute(
            select(SubmissionEvent.submission_id, SubmissionEvent.at).order_by(SubmissionEvent.id)
        ).all()
    last: dict[int, object] = {}
    for key, at in rows:
        assert at <= clock.now()
        assert key not in last or last[key] <= at  # type: ignore[operator]
        last[key] = at


def test_a_second_officer_approved_every_offer_a_firm_saw(city: Database) -> None:
    unseen = (OfferState.PROPOSED, OfferState.RETURNED)
    with city.read() as session:
        offers = session.scalars(select(Offer)).all()
    for offer in offers:
        if offer.approved_by_id is None:
            assert offer.state in (*unseen, OfferState.LAPSED)
        else:
            assert offer.approved_by_id != offer.proposed_by_id
    assert sum(offer.approved_by_id is not None for offer in offers) > 200


def test_a_second_officer_approved_every_product(city: Database) -> None:
    with city.read() as session:
        versions = session.scalars(
            select(ProductVersion).where(ProductVersion.approved_by_id.is_not(None))
        ).all()
    assert all(version.approved_by_id not in version.author_ids for version in versions)
    assert len(versions) > 40


def test_rejections_are_coded(city: Database) -> None:
    with city.read() as session:
        decisions = session.scalars(select(Decision)).all()
    for decision in decisions:
        check_reasons([Reason(code) for code in decision.reasons], decision.text)
    assert any(len(decision.reasons) >= 2 for decision in decisions)


def test_only_what_ended_is_not_in_flight(city: Database) -> None:
    with city.read() as session:
        rows = session.execute(select(Submission.state, Submission.in_flight, Submission.ended_at)).all()
    for state, in_flight, ended_at in rows:
        assert (SubmissionState(state) in OPEN_STATES) is bool(in_flight)
        assert (ended_at is None) is bool(in_flight)


def test_an_ended_submission_leaves_nothing_open(city: Database) -> None:
    with city.read() as session:
        open_offers = session.scalars(
            select(Offer).where(Offer.state.in_([OfferState.PROPOSED, OfferState.SENT]))
        ).all()
        questions = session.scalars(
            select(SupplementRequest).where(SupplementRequest.state == SupplementState.OPEN)
        ).all()
        assert all(offer.submission.in_flight for offer in open_offers)
        assert all(request.submission.in_flight for request in questions)


def test_an_application_is_closed_when_nothing_is_in_flight(city: Database) -> None:
    with city.read() as session:
        busy = set(
            session.scalars(select(Submission.application_id).where(Submission.in_flight.is_not(None)))
        )
        rows = session.execute(
            select(Application.id, Application.state).where(Application.state != "draft")
        ).all()
    assert all((state == "submitted") is (key in busy) for key, state in rows)


def test_consents_end_with_what_they_serve(city: Database) -> None:
    with city.read() as session:
        rows = session.execute(
            select(Submission, Consent).join(Consent, Consent.id == Submission.consent_id)
        ).all()
    for submission, consent in rows:
        assert consent.for_id == submission.public_id
        if submission.in_flight:
            assert consent.state == "active"
        elif submission.state in ("granted", "closed"):
            assert consent.state == "consumed"
        elif submission.state == "rejected":
            assert consent.state in ("active", "expired", "ended")
        else:
            assert consent.state == "ended"


def test_every_look_was_taken_under_a_consent_live_then(city: Database) -> None:
    with city.read() as session:
        rows = session.execute(
            select(AccessEntry, Consent).join(Consent, Consent.id == AccessEntry.consent_id)
        ).all()
    for entry, consent in rows:
        assert consent.signed_at <= entry.at
        assert consent.ended_at is None or entry.at <= consent.ended_at
        assert entry.organisation_id == consent.lender_organisation_id
    assert len(rows) > 500


def test_the_nightly_jobs_find_nothing_to_do(city: Database) -> None:
    with city.write_session() as session:
        expired = expiring.expire_due(session)
        found = (
            expired.offers,
            expired.supplements,
            consents.expire_due(session),
            holding.expire_due(session),
        )
        session.rollback()
    assert found == (0, 0, 0, 0)


def test_grants_and_submissions_say_the_same(city: Database) -> None:
    with city.read() as session:
        rows = session.execute(
            select(CreditLine, Submission).join(Submission, Submission.id == CreditLine.submission_id)
        ).all()
        granted = session.scalar(select(func.count()).where(Submission.granted_fen.is_not(None)))
    assert len(rows) == granted
    for line, submission in rows:
        assert line.amount_fen == submission.granted_fen <= submission.accepted_fen <= submission.offered_fen <= submission.applied_fen  # fmt: skip
        assert line.product_version_id == submission.product_version_id


def test_entries_sum_to_what_a_line_grants(city: Database) -> None:
    with city.read() as session:
        sums = dict(
            session.execute(
                select(LineEntry.line_id, func.sum(LineEntry.amount_fen)).group_by(LineEntry.line_id)
            ).all()
        )
        lines = dict(session.execute(select(CreditLine.id, CreditLine.amount_fen)).all())
    assert sums == lines


def test_lines_show_their_newest_report(city: Database) -> None:
    with city.read() as session:
        newest = {
            row.line_id: row
            for row in session.scalars(select(LineBalance).order_by(LineBalance.as_of, LineBalance.id))
        }
        drawn_here = select(Drawdown.line_id)
        for line in session.scalars(select(CreditLine).where(CreditLine.id.not_in(drawn_here))):
            report = newest[line.id]
            assert (line.disbursed_fen, line.balance_fen, line.balance_on) == (report.disbursed_fen, report.balance_fen, report.as_of)  # fmt: skip


def test_some_lines_ended_with_a_balance(city: Database) -> None:
    with city.read() as session:
        overdue = session.scalar(
            select(func.count()).where(CreditLine.balance_fen > 0, CreditLine.maturity_on < clock.today())
        )
    assert overdue is not None
    assert 2 <= overdue <= 5


def test_renewals_name_an_earlier_line_of_the_same_firm_and_lender(city: Database) -> None:
    with city.read() as session:
        renewals = session.scalars(select(CreditLine).where(CreditLine.kind == "renewal")).all()
        assert len(renewals) >= 5
        for line in renewals:
            assert line.renews is not None
            assert (line.renews.firm_id, line.renews.lender_id) == (line.firm_id, line.lender_id)
            assert line.renews.granted_on < line.granted_on


def test_a_firm_borrows_for_the_first_time_once(city: Database) -> None:
    with city.read() as session:
        lines = session.execute(select(CreditLine.firm_id, CreditLine.first_time_borrower).order_by(CreditLine.granted_on, CreditLine.id)).all()  # fmt: skip
    seen: set[int] = set()
    for firm_id, first in lines:
        assert not (first and firm_id in seen)
        seen.add(firm_id)
    assert sum(first for _, first in lines) > 30


def test_quotas_hold_what_was_granted_and_stands_offered(city: Database) -> None:
    with city.read() as session:
        lines = session.execute(
            select(CreditLine.product_id, func.sum(CreditLine.amount_fen)).group_by(CreditLine.product_id)
        ).all()
        drawn = Counter({key: int(fen) for key, fen in lines if key is not None})
        for key, held in session.execute(select(Submission.product_id, Submission.quota_held_fen)):
            drawn[key] += held
        for product in session.scalars(select(Product)):
            assert product.quota_used_fen == drawn[product.id]
            assert product.quota_fen is None or product.quota_used_fen <= product.quota_fen


@pytest.mark.parametrize("dimension", list(Dimension))
def test_tracking_adds_up_to_the_lines(city: Database, signed_in: Actors, dimension: Dimension) -> None:
    with city.read() as session:
        lines = session.execute(select(func.count(), func.sum(CreditLine.amount_fen))).one()
        told = tracking.report(session, signed_in("admin"), dimension, Selection())
    assert (told.total.grants, told.total.amount_fen) == (lines[0], int(lines[1]))
    assert sum(row.figures.amount_fen for row in told.rows) == told.total.amount_fen


def test_lending_grows_over_the_months(city: Database) -> None:
    with city.read() as session:
        days = session.scalars(select(CreditLine.granted_on)).all()
    today = clock.today()
    early = sum(today - timedelta(days=540) <= day < today - timedelta(days=360) for day in days)
    late = sum(today - timedelta(days=200) <= day < today - timedelta(days=20) for day in days)
    assert len({(day.year, day.month) for day in days}) >= 17
    assert late > early * 1.3


def test_the_showcase_desk_has_a_queue(city: Database, signed_in: Actors) -> None:
    with city.read() as session:
        counts = queue.count_by_state(session, signed_in("reviewer"), queue.Whose.ALL)
        alerts = queue.alerts(session, signed_in("reviewer"))
    assert sum(counts.values()) >= 20
    assert len(counts) >= 6
    assert any(alert.count for alert in alerts)


def test_the_showcase_lender_was_warned_of_two_firms_and_saw_to_one(city: Database) -> None:
    with city.read() as session:
        states = session.scalars(select(MonitorAlert.state)).all()
    assert sorted(states) == ["handled", "new"]


@pytest.mark.parametrize("login_name", ["reviewer", "approver", "owner", "admin"])
def test_whoever_signs_in_has_something_to_do(city: Database, signed_in: Actors, login_name: str) -> None:
    with city.read() as session:
        assert notices.count_for(session, signed_in(login_name), Show.TODO) > 0


def test_todos_wait_only_for_what_is_in_flight(city: Database) -> None:
    with city.read() as session:
        open_ids = set(session.scalars(select(Submission.public_id).where(Submission.in_flight.is_not(None))))
        waiting = session.scalars(select(Notice.subject_id).where(Notice.is_todo, Notice.done_at.is_(None), Notice.subject_kind == "submission")).all()  # fmt: skip
    assert set(waiting) <= open_ids
    assert len(waiting) >= 30


def test_the_owner_is_in_the_middle_of_things(city: Database, signed_in: Actors) -> None:
    with city.read() as session:
        mine = session.scalars(
            select(Submission).where(Submission.firm_organisation_id == signed_in("owner").organisation_id)
        ).all()
        states = Counter(row.state for row in mine)
        reasons = [row.reasons for submission in mine for row in submission.decisions]
        together = {row.application_id for row in mine if row.in_flight}
    assert states == {"offered": 1, "action_required": 1, "under_review": 1, "granted": 1, "rejected": 1}
    assert len(together) == 1
    assert [len(codes) for codes in reasons] == [2]


def test_the_owner_finds_who_looked(city: Database, signed_in: Actors) -> None:
    with city.read() as session:
        looks = session.execute(
            select(AccessEntry.organisation_name, AccessEntry.at)
            .join(Consent, Consent.id == AccessEntry.consent_id)
            .where(Consent.firm_organisation_id == signed_in("owner").organisation_id)
            .order_by(AccessEntry.id)
        ).all()
    assert len({look.organisation_name for look in looks}) >= 4
    assert [look.at for look in looks] == sorted(look.at for look in looks)


def test_only_firms_that_were_active_applied(city: Database) -> None:
    with city.read() as session:
        statuses = set(session.scalars(select(Firm.status).join(Submission, Submission.firm_id == Firm.id)))
        verdicts = set(session.scalars(select(Submission.verdict)))
    assert statuses == {"active"}
    assert verdicts == {"eligible", "tentative"}
