"""The door, consents and the ledger, each answer and each thing written looked at whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.dialects import postgresql
from structlog.testing import capture_logs

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Role
from creditbridge.disclosure import consents, door, ledger, scopes
from creditbridge.disclosure.model import AccessEntry, Consent
from creditbridge.disclosure.rules import ConsentState, LookKind, Purpose, Scope
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused, Unavailable
from creditbridge.kernel.words import Words
from creditbridge.store.audit import AuditEntry
from creditbridge.webhooks import telling
from creditbridge.webhooks.rules import Event
from tests.firms import claimed_firm

WHY = Words("审核贷款申请", "Review of a loan application")
TODAY = date(2026, 11, 23)


@pytest.fixture
def told(monkeypatch):
    """What lenders' systems are told."""
    heard = []
    monkeypatch.setattr(
        telling,
        "tell",
        lambda _session, organisation, event, **data: heard.append((organisation, event, data)),
    )
    return heard


def trail(scene, action):
    with scene.database.read() as session:
        return session.scalars(
            select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        ).all()


def row(scene, consent):
    with scene.database.read() as session:
        return session.get_one(Consent, consent.id)


def act(scene, use, *arguments, **values):
    with scene.database.write() as session:
        return use(session, *arguments, **values)


def read(scene, use, *arguments, **values):
    with scene.database.read() as session:
        return use(session, *arguments, **values)


def refused(kind, code, use, *arguments, **values):
    with pytest.raises(kind) as caught:
        use(*arguments, **values)
    if code:
        assert caught.value.code == code
    return caught.value


def terms(scene, **changes):
    usual = {
        "firm_id": scene.firm.id,
        "lender_organisation_id": scene.reviewer.organisation_id,
        "purpose": "post_loan",
        "scope": ["tax", "operations"],
        "expires_on": TODAY,
    }
    return usual | changes


# ---- the life of a consent ----


def test_a_consent_is_laid_before_the_owner_with_all_it_says(scene, told):
    made = act(scene, consents.prepare, scene.owner, **terms(scene, for_kind="submission", for_id="s1"))
    assert (made.firm_id, made.firm_organisation_id) == (scene.firm.id, scene.owner.organisation_id)
    assert made.lender_organisation_id == scene.reviewer.organisation_id
    assert (made.purpose, made.scope, made.expires_on) == ("post_loan", ["operations", "tax"], TODAY)
    assert (made.state, made.for_kind, made.for_id, made.prepared_by) == (
        "awaiting",
        "submission",
        "s1",
        scene.owner.user_id,
    )
    assert (made.signed_by, made.signed_at, made.ended_at) == (None, None, None)
    wording = read(scene, consents.wording_of, made)
    assert (made.text_version, made.text_digest) == (wording.version, wording.digest)
    said = "".join(paragraph.zh for paragraph in wording.paragraphs)
    assert scene.firm.name in said
    assert "城市银行" in said
    (entry,) = trail(scene, "consent.prepared")
    assert (entry.subject_kind, entry.subject_id, entry.actor_id) == (
        "consent",
        made.public_id,
        scene.owner.user_id,
    )
    assert {key: entry.details[key] for key in ("purpose", "scope", "text_version", "text_digest")} == {
        "purpose": "post_loan",
        "scope": ["operations", "tax"],
        "text_version": made.text_version,
        "text_digest": made.text_digest,
    }
    assert told == []


def test_the_text_shown_before_is_the_text_that_is_signed(scene):
    asked = terms(scene, expires_on=TODAY + timedelta(days=30))
    shown = read(scene, consents.wording, **asked)
    signed = act(scene, consents.sign, scene.owner, **asked)
    assert shown == read(scene, consents.wording_of, signed)
    assert signed.text_digest == shown.digest
    said = "".join(paragraph.zh for paragraph in shown.paragraphs)
    for part in (scene.firm.name, "城市银行", scopes.say_scopes(["tax", "operations"]).zh, "2026-12-23"):
        assert part in said


def test_what_nobody_prepared_for_serves_nothing_in_particular(scene):
    made = act(scene, consents.prepare, scene.owner, **terms(scene))
    assert (made.for_kind, made.for_id) == ("", "")
    signed = act(scene, consents.sign, scene.owner, **terms(scene))
    assert (signed.for_kind, signed.for_id) == ("", "")


def test_a_signature_says_who_and_when_and_is_told(scene, told):
    made = scene.sign(for_kind="line", for_id="l1")
    assert (made.state, made.signed_by, made.signed_by_name, made.signed_at) == (
        "active",
        scene.owner.user_id,
        scene.owner.name,
        clock.now(),
    )
    assert (made.for_kind, made.for_id) == ("line", "l1")
    assert told == [
        (
            scene.reviewer.organisation_id,
            Event.CONSENT_SIGNED,
            {
                "consent_id": made.public_id,
                "purpose": "pre_loan",
                "state": "active",
                "for_kind": "line",
                "for_id": "l1",
            },
        )
    ]
    (entry,) = trail(scene, "consent.signed")
    assert entry.actor_id == scene.owner.user_id


def test_what_was_prepared_is_signed_until_its_last_day(scene):
    made = act(scene, consents.prepare, scene.owner, **terms(scene))
    with clock.at(datetime(2026, 11, 23, 16, 1, tzinfo=UTC)):
        error = refused(
            RuleRefused, "consent_expired", act, scene, consents.sign_prepared, scene.owner, made.public_id
        )
    assert "Start again" in error.words.en
    assert act(scene, consents.sign_prepared, scene.owner, made.public_id).state == "active"
    refused(Conflict, "illegal_step", act, scene, consents.sign_prepared, scene.owner, made.public_id)


def test_a_revocation_says_why_and_when_and_is_told(scene, told):
    made = scene.sign()
    act(scene, consents.revoke, scene.owner, made.public_id, "改主意了")
    ended = row(scene, made)
    assert (ended.state, ended.ended_at, ended.end_reason) == ("revoked", clock.now(), "改主意了")
    (entry,) = trail(scene, "consent.revoked")
    assert (entry.reason, entry.actor_id) == ("改主意了", scene.owner.user_id)
    assert [event for _, event, _ in told] == [Event.CONSENT_SIGNED, Event.CONSENT_REVOKED]
    assert told[-1][2]["state"] == "revoked"


def test_a_revocation_without_a_reason_has_none(scene):
    made = scene.sign()
    act(scene, consents.revoke, scene.owner, made.public_id)
    assert row(scene, made).end_reason == ""
    assert trail(scene, "consent.revoked")[0].reason == ""


def test_listeners_hear_the_consent_its_actor_and_the_reason(scene, monkeypatch):
    heard = []
    monkeypatch.setattr(consents, "_listeners", [])
    consents.on_revoked(lambda *said: heard.append(said))
    made = scene.sign()
    act(scene, consents.revoke, scene.owner, made.public_id, "r")
    ((session, consent, actor, reason),) = heard
    assert (consent.id, actor, reason) == (made.id, scene.owner, "r")
    assert session is not None


def test_a_consumed_consent_names_its_grant(scene, told):
    made = scene.sign()
    act(scene, consents.consume, made.id, "grant-1", actor=scene.reviewer)
    ended = row(scene, made)
    assert (ended.state, ended.grant_ref, ended.ended_at) == ("consumed", "grant-1", clock.now())
    assert trail(scene, "consent.consumed")[0].actor_id == scene.reviewer.user_id
    assert [event for _, event, _ in told] == [Event.CONSENT_SIGNED]
    refused(Conflict, "illegal_step", act, scene, consents.consume, made.id, "grant-2")


def test_an_ended_consent_says_why_and_by_whom(scene):
    made = scene.sign()
    act(scene, consents.end, made.id, actor=scene.owner, reason="已结束")
    ended = row(scene, made)
    assert (ended.state, ended.end_reason, ended.ended_at) == ("ended", "已结束", clock.now())
    (entry,) = trail(scene, "consent.ended")
    assert (entry.reason, entry.actor_id) == ("已结束", scene.owner.user_id)
    act(scene, consents.end, made.id)
    assert len(trail(scene, "consent.ended")) == 1
    other = act(scene, consents.prepare, scene.owner, **terms(scene))
    act(scene, consents.end, other.id)
    assert (row(scene, other).state, row(scene, other).end_reason) == ("ended", "")


def test_all_open_consents_of_one_firm_end_and_no_others(scene):
    other = claimed_firm(scene.database, scene.people.member(Role.FIRM_OWNER))
    made, waiting, over = (
        scene.sign(),
        act(scene, consents.prepare, scene.owner, **terms(scene)),
        scene.sign(),
    )
    act(scene, consents.revoke, scene.owner, over.public_id)
    strange = scene.sign(firm_id=other.id)
    act(scene, consents.end_all_of_firm, scene.firm.id, actor=scene.owner, reason="认领被撤销")
    assert [row(scene, one).state for one in (made, waiting, over, strange)] == [
        "ended",
        "ended",
        "revoked",
        "active",
    ]
    assert {entry.reason for entry in trail(scene, "consent.ended")} == {"认领被撤销"}
    assert {entry.actor_id for entry in trail(scene, "consent.ended")} == {scene.owner.user_id}
    act(scene, consents.end_all_of_firm, other.id)
    assert row(scene, strange).end_reason == ""


def test_what_is_past_its_last_day_expires_and_is_told(scene, told):
    due, waiting = scene.sign(expires_on=TODAY), act(scene, consents.prepare, scene.owner, **terms(scene))
    later = scene.sign(expires_on=TODAY + timedelta(days=1))
    assert act(scene, consents.expire_due) == 0
    with clock.at(datetime(2026, 11, 24, 2, tzinfo=UTC)):
        assert act(scene, consents.expire_due) == 2
        assert act(scene, consents.expire_due) == 0
        assert row(scene, due).ended_at == clock.now()
    assert [row(scene, one).state for one in (due, waiting, later)] == ["expired", "expired", "active"]
    assert {entry.actor_id for entry in trail(scene, "consent.expired")} == {None}
    assert [event for _, event, _ in told].count(Event.CONSENT_EXPIRED) == 2


# ---- what a consent may say ----


@pytest.mark.parametrize("days", [0, 365])
def test_a_consent_ends_today_at_the_earliest_and_in_a_year_at_the_latest(scene, days):
    assert scene.sign(expires_on=TODAY + timedelta(days=days)).state == "active"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"expires_on": TODAY - timedelta(days=1)}, {"expires_on"}),
        ({"expires_on": TODAY + timedelta(days=366)}, {"expires_on"}),
        ({"scope": []}, {"scope"}),
        ({"scope": ["tax", "nothing"]}, {"scope"}),
        ({"purpose": "curiosity"}, {"purpose"}),
        (
            {"purpose": "x", "scope": ["y"], "expires_on": date(2020, 1, 1)},
            {"purpose", "scope", "expires_on"},
        ),
    ],
)
def test_a_consent_that_cannot_be_names_its_fields(scene, changes, fields):
    error = refused(InvalidInput, "invalid_input", scene.sign, **changes)
    assert set(error.fields) == fields
    if "expires_on" in fields:
        assert "2027-11-23" in error.fields["expires_on"][0].zh


def test_a_lender_must_be_there_and_active(scene):
    refused(NotFound, None, scene.sign, lender_organisation_id=10**9)
    with scene.database.write() as session:
        session.get_one(Organisation, scene.reviewer.organisation_id).is_active = False
    error = refused(NotFound, None, scene.sign)
    assert "金融机构" in error.words.zh


def test_only_the_owner_signs_and_revokes(scene):
    made = act(scene, consents.prepare, scene.owner, **terms(scene))
    with scene.database.read() as session:
        home = session.get_one(Organisation, scene.owner.organisation_id)
    staff = scene.people.member(Role.FIRM_STAFF, home)
    for use, asked in ((consents.sign_prepared, (made.public_id,)), (consents.revoke, (made.public_id,))):
        error = refused(NotAllowed, "only_owner_signs", act, scene, use, staff, *asked)
        assert "企业负责人" in error.words.zh
    refused(NotAllowed, "only_owner_signs", act, scene, consents.sign, staff, **terms(scene))
    assert act(scene, consents.prepare, staff, **terms(scene)).prepared_by == staff.user_id
    refused(NotAllowed, None, act, scene, consents.prepare, scene.reviewer, **terms(scene))


# ---- finding a consent ----


def test_the_newest_live_consent_of_firm_lender_purpose_and_submission_is_found(scene):
    first, second = scene.sign(for_id="a"), scene.sign(for_id="b")
    other = scene.sign(purpose="post_loan", for_id="a")
    firm, lender = scene.firm.id, scene.reviewer.organisation_id

    def found(firm=firm, lender=lender, purpose="pre_loan", **values):
        consent = read(scene, consents.live_consent, firm, lender, purpose, **values)
        return consent.id if consent else None

    assert found() == second.id
    assert found(for_id="a") == first.id
    assert found(for_id="c") is None
    assert found(purpose=Purpose.POST_LOAN) == other.id
    assert found(firm=firm + 1000) is None
    assert found(lender=scene.owner.organisation_id) is None
    assert act(scene, consents.live_consent, firm, lender, "pre_loan", hold=True).id == second.id
    act(scene, consents.revoke, scene.owner, second.public_id)
    assert found() == first.id
    with clock.at(datetime(2027, 3, 31, 15, 59, tzinfo=UTC)):
        assert found() == first.id
    with clock.at(datetime(2027, 3, 31, 16, 0, tzinfo=UTC)):
        assert found() is None


def test_every_lender_and_firm_with_a_live_consent_is_told_with_the_newest(scene):
    scene.sign()
    newest = scene.sign(expires_on=TODAY)
    act(scene, consents.revoke, scene.owner, scene.sign().public_id)
    pair = (scene.reviewer.organisation_id, scene.firm.id)
    assert read(scene, consents.live_for, "pre_loan") == {pair: newest.id}
    assert read(scene, consents.live_for, Purpose.POST_LOAN) == {}
    with clock.at(datetime(2026, 11, 24, 2, tzinfo=UTC)):
        assert read(scene, consents.live_for, "pre_loan")[pair] < newest.id


def test_a_consent_is_found_by_its_account_and_by_its_firm_alone(scene):
    made = scene.sign()
    stranger = scene.people.member(Role.FIRM_OWNER)
    assert read(scene, consents.consent_of_account, scene.owner, made.public_id).id == made.id
    for actor, key in ((stranger, made.public_id), (scene.reviewer, made.public_id), (scene.owner, "none")):
        error = refused(NotFound, None, read, scene, consents.consent_of_account, actor, key)
        assert "授权" in error.words.zh
    assert read(scene, consents.consent_of_firm, scene.firm.id, made.public_id).id == made.id
    for firm, key in ((scene.firm.id + 1000, made.public_id), (scene.firm.id, "none")):
        error = refused(NotFound, None, read, scene, consents.consent_of_firm, firm, key)
        assert "授权" in error.words.zh


def test_open_consents_stand_first_and_the_newest_of_them(scene):
    old, over = scene.sign(), scene.sign()
    waiting = act(scene, consents.prepare, scene.owner, **terms(scene))
    act(scene, consents.revoke, scene.owner, over.public_id)
    last = scene.sign(expires_on=TODAY)
    scene.sign(firm_id=claimed_firm(scene.database, scene.people.member(Role.FIRM_OWNER)).id)
    found = read(scene, consents.consents_of_firm, scene.firm.id)
    assert [consent.id for consent, _ in found] == [last.id, waiting.id, old.id, over.id]
    assert {lender.id for _, lender in found} == {scene.reviewer.organisation_id}
    with clock.at(datetime(2026, 11, 24, 2, tzinfo=UTC)):
        found = read(scene, consents.consents_of_firm, scene.firm.id)
    assert [consent.id for consent, _ in found] == [old.id, last.id, waiting.id, over.id]


# ---- the door ----


def entries(scene):
    with scene.database.read() as session:
        return session.scalars(select(AccessEntry).order_by(AccessEntry.id)).all()


def test_a_look_answers_and_enters_the_same(scene):
    consent = scene.sign(scope=["tax", "operations", "documents"])
    shown = scene.look(what=["tax", "debt", "operations"], items=("d1", "d2"), kind=LookKind.EXPORT)
    assert shown.firm.id == scene.firm.id
    assert (shown.opened, shown.withheld) == ({Scope.TAX, Scope.OPERATIONS}, {Scope.DEBT})
    assert shown.facts.firm_no == scene.firm.firm_no or shown.facts.values
    assert shown.consent_public_id == consent.public_id
    (entry,) = entries(scene)
    assert (shown.entry_public_id, shown.looked_at) == (entry.public_id, entry.at)
    assert (entry.at, entry.kind, entry.firm_id, entry.consent_id) == (
        clock.now(),
        "export",
        scene.firm.id,
        consent.id,
    )
    assert (entry.purpose, entry.what, entry.items) == ("pre_loan", ["operations", "tax"], ["d1", "d2"])
    assert (entry.organisation_id, entry.organisation_name) == (scene.reviewer.organisation_id, "城市银行")
    assert (entry.user_id, entry.officer_name, entry.via) == (
        scene.reviewer.user_id,
        scene.reviewer.name,
        scene.reviewer.via,
    )
    assert (entry.branch_id, entry.branch_name) == (None, "")
    assert (entry.why_zh, entry.why_en) == (WHY.zh, WHY.en)


def test_a_look_of_no_particular_kind_opens_no_items(scene):
    scene.sign()
    scene.look()
    (entry,) = entries(scene)
    assert (entry.kind, entry.items) == ("look", [])


def test_a_long_reason_is_cut(scene):
    scene.sign()
    scene.look(why=Words("因" * 400, "w" * 400))
    (entry,) = entries(scene)
    assert (entry.why_zh, entry.why_en) == ("因" * 300, "w" * 300)


def test_a_look_inside_a_unit_says_what_a_look_says(scene):
    scene.sign(for_id="a" * 20)
    with scene.database.write() as session:
        shown = door.look_within(
            session,
            scene.reviewer,
            scene.firm.id,
            purpose="pre_loan",
            what=["operations"],
            why=WHY,
            for_id="a" * 20,
        )
    (entry,) = entries(scene)
    assert (entry.public_id, entry.kind, entry.items) == (shown.entry_public_id, "look", [])
    with pytest.raises(NotAllowed), scene.database.write() as session:
        door.look_within(
            session,
            scene.reviewer,
            scene.firm.id,
            purpose="pre_loan",
            what=["operations"],
            why=WHY,
            for_id="b" * 20,
        )


def test_a_refusal_is_noted_with_its_code_and_its_actor(scene):
    error = refused(NotAllowed, "no_live_consent", scene.look)
    assert error.words == door.NO_CONSENT
    scene.sign()
    error = refused(NotAllowed, "out_of_scope", scene.look, what=["debt"])
    assert error.words == door.OUT_OF_SCOPE
    noted = trail(scene, "disclosure.refused")
    assert [entry.details["code"] for entry in noted] == ["no_live_consent", "out_of_scope"]
    assert {(entry.subject_kind, entry.subject_id, entry.actor_id) for entry in noted} == {
        ("firm", scene.firm.public_id, scene.reviewer.user_id)
    }


def test_a_look_that_cannot_be_entered_says_so(scene, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def broken(*_arguments, **_values):
        raise OperationalError("INSERT", {}, Exception("disk full"))

    scene.sign()
    monkeypatch.setattr(ledger, "enter", broken)
    with capture_logs() as logged:
        assert refused(Unavailable, "ledger_unavailable", scene.look).words == door.LEDGER_DOWN
    assert [(line["event"], line["firm_id"], line["organisation_id"]) for line in logged] == [
        ("access_entry_not_written", scene.firm.id, scene.reviewer.organisation_id)
    ]


def test_a_look_holds_its_consent_until_it_is_entered_and_saying_so_beside_a_link_does_not(scene):
    """PostgreSQL lets no revocation past a shared lock; SQLite has one writer at a time anyway."""
    scene.sign()
    asked = []

    def heard(state):
        entities = state.bind_mapper
        if state.is_select and entities is not None and entities.class_ is Consent:
            asked.append(str(state.statement.compile(dialect=postgresql.dialect())))

    with scene.database.write() as session:
        event.listen(session, "do_orm_execute", heard)
        door.look_within(
            session, scene.reviewer, scene.firm.id, purpose="pre_loan", what=["operations"], why=WHY
        )
    (held,) = asked
    assert held.endswith("FOR SHARE")
    with scene.database.read() as session:
        event.listen(session, "do_orm_execute", heard)
        assert door.may_look(session, scene.reviewer, scene.firm.id, "pre_loan")
    assert "FOR SHARE" not in asked[1]


def test_a_firm_that_is_not_there_is_not_found_by_any_door(scene):
    asked = {"purpose": "pre_loan", "what": ["tax"], "why": WHY}
    error = refused(NotFound, None, door.look, scene.database, scene.reviewer, 10**9, **asked)
    assert "企业" in error.words.zh
    error = refused(
        NotFound,
        None,
        act,
        scene,
        door.watch_within,
        scene.reviewer,
        10**9,
        worth_telling=lambda _: [],
        **asked,
    )
    assert "企业" in error.words.zh


def test_an_institution_that_may_not_work_sees_nothing(scene, monkeypatch):
    scene.sign()
    monkeypatch.setattr(door, "_recipient_checks", [])
    refused(NotAllowed, None, scene.look)
    asked = []

    def check(session, actor):
        asked.append((session is not None, actor))
        raise NotAllowed("suspended", Words("停", "stopped"))

    door.check_recipients_with(lambda *_: None)
    door.check_recipients_with(check)
    assert door._recipient_checks == [check]
    refused(NotAllowed, "suspended", scene.look)
    assert asked == [(True, scene.reviewer)]


@pytest.mark.parametrize("role", [Role.LENDER_REVIEWER, Role.LENDER_APPROVER, Role.LENDER_VIEWER])
def test_each_officer_who_looks_at_firms_may(scene, role):
    with scene.database.read() as session:
        lender = session.get_one(Organisation, scene.reviewer.organisation_id)
    officer = scene.people.member(role, lender)
    scene.sign()
    assert scene.look(actor=officer).opened
    assert read(scene, door.may_look, officer, scene.firm.id, "pre_loan")


def test_may_look_asks_for_role_consent_and_submission(scene):
    scene.sign(for_id="a" * 20)
    firm = scene.firm.id
    assert read(scene, door.may_look, scene.reviewer, firm, "pre_loan", for_id="a" * 20)
    assert not read(scene, door.may_look, scene.reviewer, firm, "pre_loan", for_id="b" * 20)
    assert not read(scene, door.may_look, scene.reviewer, firm, "post_loan")
    assert not read(scene, door.may_look, scene.reviewer, firm + 1000, "pre_loan")
    assert not read(scene, door.may_look, scene.owner, firm, "pre_loan")
    with scene.database.read() as session:
        lender = session.get_one(Organisation, scene.reviewer.organisation_id)
    manager = scene.people.member(Role.LENDER_PRODUCT_MANAGER, lender)
    assert not read(scene, door.may_look, manager, firm, "pre_loan")


def watch(scene, worth_telling, **changes):
    asked = {"purpose": "post_loan", "what": ["tax", "operations", "debt"], "why": WHY} | changes
    return act(scene, door.watch_within, scene.reviewer, scene.firm.id, worth_telling=worth_telling, **asked)


def test_a_comparison_sees_masked_facts_and_enters_what_it_tells(scene):
    scene.sign(purpose="post_loan", scope=["tax", "operations"])
    seen = []

    def worth_telling(facts):
        seen.append(set(facts.values))
        return ["grade fell"]

    said = watch(scene, worth_telling)
    assert seen == [{"annual_revenue", "tax_paid_12m", "registered_capital"}]
    (entry,) = entries(scene)
    assert (list(said.found), said.entry_public_id) == (["grade fell"], entry.public_id)
    assert (entry.kind, entry.what, entry.items, entry.purpose) == (
        "look",
        ["operations", "tax"],
        [],
        "post_loan",
    )
    assert (entry.why_zh, entry.user_id) == (WHY.zh, scene.reviewer.user_id)


def test_a_comparison_that_finds_nothing_leaves_nothing(scene):
    scene.sign(purpose="post_loan", scope=["tax"])
    assert watch(scene, lambda _facts: []) is None
    assert entries(scene) == []


def test_a_comparison_needs_consent_and_scope(scene):
    refused(NotAllowed, "no_live_consent", watch, scene, lambda _facts: ["x"])
    scene.sign(purpose="post_loan", scope=["contacts"])
    error = refused(NotAllowed, "out_of_scope", watch, scene, lambda _facts: ["x"])
    assert error.words == door.OUT_OF_SCOPE
    refused(NotAllowed, "no_live_consent", watch, scene, lambda _facts: ["x"], purpose="pre_loan")
    assert entries(scene) == []


# ---- the ledger ----


def test_the_ledger_shows_a_firms_entries_with_their_consents_page_by_page(scene):
    consent = scene.sign()
    keys = [scene.look().entry_public_id for _ in range(3)]
    other = claimed_firm(scene.database, scene.people.member(Role.FIRM_OWNER))
    firm = scene.firm.id
    page = read(scene, ledger.entries_of_firm, firm, limit=3)
    assert [line.entry.public_id for line in page.rows] == keys[::-1]
    assert page.next_cursor is None
    first = page.rows[0]
    assert (first.consent_public_id, first.firm_name, first.firm_uscc) == (
        consent.public_id,
        scene.firm.name,
        scene.firm.uscc,
    )
    assert first.why == WHY
    page = read(scene, ledger.entries_of_firm, firm, limit=2)
    assert (len(page.rows), page.next_cursor) == (2, keys[1])
    rest = read(scene, ledger.entries_of_firm, firm, page.next_cursor, limit=2)
    assert ([line.entry.public_id for line in rest.rows], rest.next_cursor) == ([keys[0]], None)
    assert read(scene, ledger.entries_of_firm, other.id).rows == []
    assert ledger.PAGE == 50
    loaded = []
    with scene.database.read() as session:
        event.listen(session, "loaded_as_persistent", lambda _session, entry: loaded.append(entry.id))
        ledger.entries_of_firm(session, firm, limit=1)
    assert len(loaded) == 2  # one more than is shown, to know whether there are more


def test_auditors_read_all_firms_or_one(scene):
    owner = scene.people.member(Role.FIRM_OWNER)
    other = claimed_firm(scene.database, owner)
    scene.sign()
    mine = scene.look().entry_public_id
    scene.sign(firm_id=other.id)
    theirs = door.look(
        scene.database, scene.reviewer, other.id, purpose="pre_loan", what=["operations"], why=WHY
    ).entry_public_id

    def found(*arguments, **values):
        page = read(scene, ledger.entries, *arguments, **values)
        return [line.entry.public_id for line in page.rows]

    assert found() == [theirs, mine]
    assert found(uscc=scene.firm.uscc) == [mine]
    assert found(uscc="none") == []
    assert found(limit=1) == [theirs]
    assert found(theirs) == [mine]
    assert found(theirs, uscc=other.uscc) == []
    error = refused(InvalidInput, "invalid_input", read, scene, ledger.entries, "none")
    assert list(error.fields) == ["cursor"]


def test_branches_are_named_by_whoever_knows_them(scene, monkeypatch):
    monkeypatch.setattr(ledger, "_namers", [])
    with scene.database.read() as session:
        lender = session.get_one(Organisation, scene.reviewer.organisation_id)
    officer = scene.people.member(Role.LENDER_REVIEWER, lender, branch_id=7)
    scene.sign()
    scene.look(actor=officer)
    ledger.name_branches_with(lambda _session, _branch: "旧名")
    ledger.name_branches_with(lambda session, branch: f"支行 {branch}" if session else "")
    scene.look(actor=officer)
    scene.look()
    assert [(entry.branch_id, entry.branch_name) for entry in entries(scene)] == [
        (7, ""),
        (7, "支行 7"),
        (None, ""),
    ]


# ---- scopes ----


def test_scopes_open_their_facts_and_no_others():
    assert scopes.scope_of_fact("annual_revenue") is Scope.OPERATIONS
    assert scopes.scope_of_fact("tax_paid_12m") is Scope.TAX
    assert scopes.scope_of_fact("no_such_fact") is None
    assert scopes.is_open("registered_capital", ())
    assert scopes.is_open("tax_paid_12m", {Scope.TAX})
    assert not scopes.is_open("tax_paid_12m", {Scope.OPERATIONS})
    assert not scopes.is_open("enterprise_risk_class", set(Scope))
    assert not scopes.is_open("no_such_fact", set(Scope))


def test_scopes_are_said_in_the_catalogues_order():
    names = scopes.scope_catalogue()
    said = scopes.say_scopes(["tax", "operations"])
    assert said.zh.index(names[Scope.OPERATIONS].name.zh) < said.zh.index(names[Scope.TAX].name.zh)
    assert names[Scope.DEBT].name.zh not in said.zh
    assert scopes.say_scopes([]) == Words("无", "none")
    assert scopes.say_scopes(["tax"]) == names[Scope.TAX].name


def test_every_scope_says_what_it_covers():
    for code, entry in scopes.scope_catalogue().items():
        assert entry.code is code
        assert entry.name.zh
        assert entry.covers.zh
        assert entry.covers != entry.name
    assert ConsentState.ACTIVE.value == "active"
