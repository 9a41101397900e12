"""The one door: no look without a live consent, a mask and a ledger entry."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.disclosure import consents, door, ledger
from creditbridge.disclosure.model import AccessEntry
from creditbridge.disclosure.rules import LookKind, Scope
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from creditbridge.store.audit import AuditEntry
from lenders.institutions.model import Lender


def entries(scene):
    with scene.database.read() as session:
        return session.scalars(select(AccessEntry)).all()


def test_a_look_under_a_live_consent_shows_the_facts_of_its_scope(scene):
    scene.sign()
    shown = scene.look(what=["operations", "tax"])
    assert set(shown.facts.values) == {"annual_revenue", "tax_paid_12m", "registered_capital"}


def test_a_look_shows_no_more_than_it_asked_for(scene):
    scene.sign()
    assert "tax_paid_12m" not in scene.look(what=["operations"]).facts.values


def test_what_the_consent_does_not_cover_is_withheld_and_named(scene):
    scene.sign()
    shown = scene.look(what=["operations", "debt"])
    assert shown.withheld == {Scope.DEBT}
    assert "business_loan_balance" not in shown.facts.values


def test_a_look_wholly_out_of_scope_is_refused(scene):
    scene.sign()
    with pytest.raises(NotAllowed) as refusal:
        scene.look(what=["debt"])
    assert refusal.value.code == "out_of_scope"
    assert entries(scene) == []


def test_without_a_consent_nothing_is_shown(scene):
    with pytest.raises(NotAllowed) as refusal:
        scene.look()
    assert refusal.value.code == "no_live_consent"


def test_a_refused_look_stands_in_the_audit_trail(scene):
    with pytest.raises(NotAllowed):
        scene.look()
    with scene.database.read() as session:
        assert (
            session.scalar(select(AuditEntry.action).order_by(AuditEntry.id.desc())) == "disclosure.refused"
        )


def test_a_consent_opens_nothing_the_day_after_its_last(scene):
    scene.sign(expires_on=date(2026, 11, 23))
    scene.look()
    with clock.at(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)), pytest.raises(NotAllowed):
        scene.look()


def test_the_next_look_after_a_revocation_is_refused_and_earlier_ones_stay(scene):
    consent = scene.sign()
    scene.look()
    with scene.database.write() as session:
        consents.revoke(session, scene.owner, consent.public_id, "不再申请")
    with pytest.raises(NotAllowed):
        scene.look()
    assert len(entries(scene)) == 1


def test_a_consumed_consent_opens_nothing(scene):
    consent = scene.sign()
    with scene.database.write() as session:
        consents.consume(session, consent.id, "grant-1")
    with pytest.raises(NotAllowed):
        scene.look()


def test_a_consent_for_review_does_not_serve_monitoring(scene):
    scene.sign()
    with pytest.raises(NotAllowed):
        scene.look(purpose="post_loan")


def test_another_lender_sees_nothing(scene):
    scene.sign()
    stranger = scene.people.member(
        Role.LENDER_REVIEWER, scene.people.organisation(OrganisationKind.LENDER, "外地银行")
    )
    with pytest.raises(NotAllowed):
        scene.look(actor=stranger)


@pytest.mark.parametrize("role", [Role.LENDER_PRODUCT_MANAGER, Role.PLATFORM_ADMINISTRATOR, Role.FIRM_OWNER])
def test_roles_that_review_no_firm_see_nothing(scene, role):
    scene.sign()
    with pytest.raises(NotAllowed):
        scene.look(actor=scene.people.member(role))


def test_only_the_consent_of_this_submission_serves_when_one_is_named(scene):
    scene.sign(for_id="a" * 20)
    with pytest.raises(NotAllowed):
        scene.look(for_id="b" * 20)
    assert scene.look(for_id="a" * 20).opened == {Scope.OPERATIONS}


def test_the_entry_says_who_what_why_and_under_which_consent(scene):
    consent = scene.sign()
    scene.look(kind=LookKind.DOCUMENT, items=["d" * 20])
    (entry,) = entries(scene)
    assert (entry.organisation_name, entry.officer_name) == ("城市银行", scene.reviewer.name)
    assert (entry.what, entry.items, entry.why_zh) == (["operations"], ["d" * 20], "审核贷款申请")
    assert entry.consent_id == consent.id


def test_the_entry_is_committed_before_data_leaves(scene):
    scene.sign()
    shown = scene.look()
    with scene.database.read() as session:
        assert session.scalar(select(AccessEntry.public_id)) == shown.entry_public_id


def test_when_the_ledger_cannot_be_written_the_look_is_refused(scene, monkeypatch):
    scene.sign()

    def broken(*_args, **_values):
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(ledger, "enter", broken)
    with pytest.raises(Unavailable) as refusal:
        scene.look()
    assert refusal.value.code == "ledger_unavailable"


def test_a_firm_that_does_not_exist_is_not_found(scene):
    with pytest.raises(NotFound):
        door.look(scene.database, scene.reviewer, 10**9, purpose="pre_loan", what=["tax"], why=scene_why())


def scene_why():
    from creditbridge.kernel.words import Words

    return Words("审核", "Review")


def test_a_look_inside_a_unit_of_work_is_undone_with_it(scene):
    scene.sign()
    session = scene.database.write_session()
    door.look_within(
        session, scene.reviewer, scene.firm.id, purpose="pre_loan", what=["tax"], why=scene_why()
    )
    session.rollback()
    session.close()
    assert entries(scene) == []


def test_may_look_tells_without_leaving_an_entry(scene):
    with scene.database.read() as session:
        assert not door.may_look(session, scene.reviewer, scene.firm.id, "pre_loan")
    scene.sign()
    with scene.database.read() as session:
        assert door.may_look(session, scene.reviewer, scene.firm.id, "pre_loan")
    assert entries(scene) == []


def test_the_ledger_is_paged_by_cursor_newest_first(scene):
    scene.sign()
    looks = [scene.look().entry_public_id for _ in range(3)]
    with scene.database.read() as session:
        first = ledger.entries_of_firm(session, scene.firm.id, limit=2)
        second = ledger.entries_of_firm(session, scene.firm.id, first.next_cursor, limit=2)
    shown = [row.entry.public_id for row in (*first.rows, *second.rows)]
    assert shown == looks[::-1]
    assert second.next_cursor is None


def test_an_unknown_cursor_is_told(scene):
    with scene.database.read() as session, pytest.raises(InvalidInput):
        ledger.entries_of_firm(session, scene.firm.id, "nonsense")


def test_a_branch_is_kept_by_the_name_it_had(scene, monkeypatch):
    monkeypatch.setattr(ledger, "_namers", [lambda _session, branch_id: f"支行 {branch_id}"])
    scene.sign()
    officer = scene.people.member(Role.LENDER_REVIEWER, branch_id=7)
    with scene.database.write() as session:
        session.add(
            Lender(
                organisation_id=officer.organisation_id,
                kind="city_bank",
                licence_number="DOOR-2",
                state="approved",
            )
        )
        consents.sign(
            session,
            scene.owner,
            firm_id=scene.firm.id,
            lender_organisation_id=officer.organisation_id,
            purpose="pre_loan",
            scope=["operations"],
            expires_on=date(2027, 1, 1),
        )
    scene.look(actor=officer)
    assert entries(scene)[-1].branch_name == "支行 7"
