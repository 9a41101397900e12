"""The life of a consent."""

from datetime import date

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.disclosure import consents
from creditbridge.disclosure.model import Consent
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused


def state_of(scene, consent):
    with scene.database.read() as session:
        return session.scalar(select(Consent.state).where(Consent.id == consent.id))


def staff_of(scene):
    from creditbridge.access.model import Organisation

    with scene.database.read() as session:
        home = session.get_one(Organisation, scene.owner.organisation_id)
    return scene.people.member(Role.FIRM_STAFF, home)


def prepared(scene, expires_on=date(2027, 1, 1)):
    staff = staff_of(scene)
    with scene.database.write() as session:
        return consents.prepare(
            session,
            staff,
            firm_id=scene.firm.id,
            lender_organisation_id=scene.reviewer.organisation_id,
            purpose="pre_loan",
            scope=["tax"],
            expires_on=expires_on,
        )


def test_the_owner_signs_and_the_consent_is_active(scene):
    consent = scene.sign()
    assert (consent.state, consent.signed_by_name) == ("active", scene.owner.name)
    assert len(consent.text_digest) == 64


def test_staff_cannot_sign(scene):
    staff = staff_of(scene)
    with scene.database.write() as session, pytest.raises(NotAllowed):
        consents.sign(
            session,
            staff,
            firm_id=scene.firm.id,
            lender_organisation_id=scene.reviewer.organisation_id,
            purpose="pre_loan",
            scope=["tax"],
            expires_on=date(2027, 1, 1),
        )


def test_what_staff_prepared_opens_nothing_until_the_owner_signs(scene):
    consent = prepared(scene)
    assert consent.state == "awaiting"
    with scene.database.write() as session:
        assert (
            consents.live_consent(session, scene.firm.id, scene.reviewer.organisation_id, "pre_loan") is None
        )
        consents.sign_prepared(session, scene.owner, consent.public_id)
        assert (
            consents.live_consent(session, scene.firm.id, scene.reviewer.organisation_id, "pre_loan")
            is not None
        )


def test_another_firm_cannot_sign_or_revoke_it(scene):
    waiting, signed = prepared(scene), scene.sign()
    stranger = scene.people.member(Role.FIRM_OWNER)
    with scene.database.write() as session:
        with pytest.raises(NotFound):
            consents.sign_prepared(session, stranger, waiting.public_id)
        with pytest.raises(NotFound):
            consents.revoke(session, stranger, signed.public_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": []}, "scope"),
        ({"scope": ["everything"]}, "scope"),
        ({"purpose": "marketing"}, "purpose"),
        ({"expires_on": date(2026, 11, 22)}, "expires_on"),
        ({"expires_on": date(2030, 1, 1)}, "expires_on"),
    ],
)
def test_terms_that_cannot_be_are_told_by_field(scene, changes, field):
    with pytest.raises(InvalidInput) as refusal:
        scene.sign(**changes)
    assert set(refusal.value.fields) == {field}


def test_the_recipient_must_be_a_lender(scene):
    with pytest.raises(NotFound):
        scene.sign(lender_organisation_id=scene.owner.organisation_id)


def test_scopes_are_kept_once_and_in_order(scene):
    assert scene.sign(scope=["tax", "operations", "tax"]).scope == ["operations", "tax"]


def test_revoking_twice_is_refused(scene):
    consent = scene.sign()
    with scene.database.write() as session:
        consents.revoke(session, scene.owner, consent.public_id)
    with scene.database.write() as session, pytest.raises(Conflict):
        consents.revoke(session, scene.owner, consent.public_id)


def test_a_revocation_calls_its_listeners_in_the_same_transaction(scene, monkeypatch):
    heard = []
    monkeypatch.setattr(consents, "_listeners", [])
    consents.on_revoked(lambda _session, consent, _actor, reason: heard.append((consent.for_id, reason)))
    consent = scene.sign()
    with scene.database.write() as session:
        consents.revoke(session, scene.owner, consent.public_id, "改主意了")
    assert heard == [("s" * 20, "改主意了")]


def test_a_listener_that_refuses_undoes_the_revocation(scene, monkeypatch):
    def refuse(*_args):
        raise RuleRefused("no", consents.CONSENT)

    monkeypatch.setattr(consents, "_listeners", [refuse])
    consent = scene.sign()
    with pytest.raises(RuleRefused), scene.database.write() as session:
        consents.revoke(session, scene.owner, consent.public_id)
    assert state_of(scene, consent) == "active"


def test_ending_what_is_over_changes_nothing(scene):
    consent = scene.sign()
    with scene.database.write() as session:
        consents.revoke(session, scene.owner, consent.public_id)
        consents.end(session, consent.id)
    assert state_of(scene, consent) == "revoked"


def test_consents_past_their_last_day_are_moved_to_expired(scene):
    from datetime import UTC, datetime

    from creditbridge.kernel import clock

    consent = scene.sign(expires_on=date(2026, 11, 30))
    with clock.at(datetime(2026, 12, 1, 2, tzinfo=UTC)), scene.database.write() as session:
        assert consents.expire_due(session) == 1
    assert state_of(scene, consent) == "expired"


def test_when_the_account_proves_false_all_its_open_consents_end(scene):
    consent = scene.sign()
    with scene.database.write() as session:
        consents.end_all_of_firm(session, scene.firm.id, reason="企业认领已被平台撤销")
    assert state_of(scene, consent) == "ended"
