"""Claiming a firm: by code, with proof, checked by the platform."""

import io

import pytest
from sqlalchemy import select, update

from borrowers.claims import service, verification
from borrowers.claims.model import Claim, ClaimProof
from borrowers.claims.service import ClaimDetails, NewAccount, Proof
from creditbridge.access.model import Organisation, User
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.store.files import FileStore
from tests.firms import register_firm

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
PASSWORD = "seven quiet herons"
PROOFS = (Proof("licence", "执照.png", PNG), Proof("authorisation", "授权.pdf", b"%PDF-1.7\n"))


@pytest.fixture
def firm(database):
    with database.write() as session:
        return register_firm(session)


@pytest.fixture
def files(settings):
    return FileStore(settings.files_dir)


@pytest.fixture
def administrator(people):
    return people.member(Role.PLATFORM_ADMINISTRATOR)


def details(firm, proofs=PROOFS):
    return ClaimDetails(firm.uscc, "张经办", "13800000000", proofs)


def register(database, files, firm, login="zhang.san", **changes):
    with database.write() as session:
        account = NewAccount(login, "张经办", changes.get("password", PASSWORD))
        return service.register(session, files, account, changes.get("details", details(firm)))


def decide(database, step, *arguments):
    with database.write() as session:
        return getattr(verification, step)(session, *arguments)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写"),
        ("9132", "长度不符"),
        ("91990000MA0000OO1X", "字符不符"),
        ("91990000MA00000019", "校验位不符"),
    ],
)
def test_the_failing_check_is_told(session, typed, said):
    assert said in service.look_up(session, typed).problem.zh


def test_an_unknown_firm_is_told_with_what_to_do(session):
    from creditbridge.kernel import uscc

    assert "联系平台管理员" in service.look_up(session, uscc.synthetic(4321)).problem.zh


def test_a_registered_code_whose_check_digit_does_not_compute_is_a_warning(session):
    firm = register_firm(session, uscc="91990000MA00000019")
    found = service.look_up(session, firm.uscc)
    assert found.problem is None
    assert "校验位不符" in found.warning.zh


def test_spaces_and_small_letters_do_not_matter(session):
    firm = register_firm(session)
    assert service.look_up(session, f" {firm.uscc[:8].lower()} {firm.uscc[8:].lower()} ").firm is firm


def test_a_deregistered_firm_cannot_be_claimed(session):
    firm = register_firm(session, status="deregistered")
    assert "注销" in service.look_up(session, firm.uscc).problem.zh


def test_registering_makes_organisation_owner_claim_and_proofs_together(database, files, firm):
    claim, membership = register(database, files, firm)
    assert (claim.state, membership.role) == ("submitted", "firm_owner")
    with database.read() as session:
        kinds = set(session.scalars(select(ClaimProof.kind).where(ClaimProof.claim_id == claim.id)))
        assert session.get_one(Organisation, claim.organisation_id).name == firm.name
    assert kinds == {"licence", "authorisation"}


def test_an_unverified_account_speaks_for_no_firm(database, files, firm):
    from creditbridge.access.service import actor_of

    _, membership = register(database, files, firm)
    with database.read() as session, pytest.raises(NotFound):
        service.firm_of(session, actor_of(membership.user, membership))


@pytest.mark.parametrize("password", ["short", "password123", "zhang.san zhang.san"])
def test_a_password_the_policy_does_not_take_is_told(database, files, firm, password):
    with pytest.raises(InvalidInput) as refusal:
        register(database, files, firm, password=password)
    assert set(refusal.value.fields) == {"password"}


def test_a_login_name_is_taken_once(database, files, firm):
    register(database, files, firm)
    with pytest.raises(InvalidInput) as refusal:
        register(database, files, firm, "Zhang.San")
    assert set(refusal.value.fields) == {"login_name"}


@pytest.mark.parametrize(
    ("proofs", "fields"),
    [
        ((), {"licence", "authorisation"}),
        ((PROOFS[0],), {"authorisation"}),
        ((Proof("licence", "a.png", b"<html>"), PROOFS[1]), {"licence"}),
        ((Proof("licence", "a.xlsx", b"PK\x03\x04"), PROOFS[1]), {"licence"}),
    ],
)
def test_proof_that_is_missing_or_lies_is_told_and_nothing_is_written(database, files, firm, proofs, fields):
    with pytest.raises(InvalidInput) as refusal:
        register(database, files, firm, details=details(firm, proofs))
    assert set(refusal.value.fields) == fields
    with database.read() as session:
        assert session.scalar(select(User.id).where(User.login_name == "zhang.san")) is None


def test_a_new_claim_is_a_to_do_of_the_platform(database, files, firm, administrator):
    claim, _ = register(database, files, firm)
    with database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.subject_id == claim.public_id)).one()
    assert (notice.organisation_id, notice.is_todo) == (administrator.organisation_id, True)


def test_verified_the_account_speaks_for_the_firm(database, files, firm, administrator):
    from creditbridge.access.service import actor_of

    claim, membership = register(database, files, firm)
    decide(database, "verify", administrator, claim.public_id)
    with database.read() as session:
        assert service.firm_of(session, actor_of(membership.user, membership)).id == firm.id
        assert service.organisation_of_firm(session, firm.id) == claim.organisation_id


def test_the_decision_settles_the_to_do_and_tells_the_firm(database, files, firm, administrator):
    claim, _ = register(database, files, firm)
    decide(database, "refuse", administrator, claim.public_id, "执照模糊")
    with database.read() as session:
        notices = session.scalars(select(Notice).where(Notice.subject_id == claim.public_id)).all()
    assert {notice.kind: notice.done_at is not None for notice in notices} == {
        "claim.submitted": True,
        "claim.refused": False,
    }


def test_a_firm_has_one_account(database, files, firm, administrator):
    first, _ = register(database, files, firm)
    second, _ = register(database, files, firm, "li.si")
    decide(database, "verify", administrator, first.public_id)
    with pytest.raises(RuleRefused):
        decide(database, "verify", administrator, second.public_id)
    with pytest.raises(RuleRefused):
        register(database, files, firm, "wang.wu")


def test_the_database_itself_holds_one_verified_claim_a_firm(database, files, firm):
    from sqlalchemy.exc import IntegrityError

    from creditbridge.store import constraints

    claims = [register(database, files, firm, login)[0].id for login in ("zhang.san", "li.si")]
    both = update(Claim).where(Claim.id.in_(claims)).values(state="verified")
    with pytest.raises(IntegrityError) as refusal, database.write() as session:
        session.execute(both)
    assert constraints.explain(refusal.value).code == "firm_already_claimed"


@pytest.mark.parametrize("step", ["refuse", "revoke"])
def test_a_refusal_needs_a_reason(database, files, firm, administrator, step):
    claim, _ = register(database, files, firm)
    with pytest.raises(InvalidInput):
        decide(database, step, administrator, claim.public_id, "  ")


def test_a_decided_claim_is_not_decided_again(database, files, firm, administrator):
    claim, _ = register(database, files, firm)
    decide(database, "refuse", administrator, claim.public_id, "执照模糊")
    with pytest.raises(Conflict):
        decide(database, "verify", administrator, claim.public_id)


def test_a_refused_account_claims_again(database, files, firm, administrator):
    from creditbridge.access.service import actor_of

    claim, membership = register(database, files, firm)
    owner = actor_of(membership.user, membership)
    with database.write() as session, pytest.raises(RuleRefused):
        service.claim(session, files, owner, details(firm))
    decide(database, "refuse", administrator, claim.public_id, "执照模糊")
    with database.write() as session:
        assert service.claim(session, files, owner, details(firm)).state == "submitted"


def test_a_revoked_account_speaks_for_no_firm_and_its_consents_end(
    database, files, firm, administrator, people
):
    from datetime import date

    from creditbridge.access.service import actor_of
    from creditbridge.disclosure import consents

    claim, membership = register(database, files, firm)
    owner = actor_of(membership.user, membership)
    lender = people.member(Role.LENDER_REVIEWER)
    decide(database, "verify", administrator, claim.public_id)
    with database.write() as session:
        consents.sign(
            session,
            owner,
            firm_id=firm.id,
            lender_organisation_id=lender.organisation_id,
            purpose="pre_loan",
            scope=["tax"],
            expires_on=date(2027, 1, 1),
        )
    decide(database, "revoke", administrator, claim.public_id, "冒名")
    with database.read() as session:
        assert service.firm_or_none(session, owner) is None
        assert consents.live_consent(session, firm.id, lender.organisation_id, "pre_loan") is None


@pytest.mark.parametrize("role", [Role.PLATFORM_AUDITOR, Role.LENDER_APPROVER, Role.FIRM_OWNER])
def test_only_an_administrator_decides(database, files, firm, people, role):
    claim, _ = register(database, files, firm)
    actor = people.member(role)
    with pytest.raises(NotAllowed):
        decide(database, "verify", actor, claim.public_id)


def form(firm, **changes):
    return {
        "uscc": firm.uscc,
        "operator_name": "张经办",
        "operator_phone": "13800000000",
        "login_name": "zhang.san",
        "password": PASSWORD,
        "again": PASSWORD,
        "is_true": "true",
        "licence": (io.BytesIO(PNG), "执照.png"),
        "authorisation": (io.BytesIO(PNG), "授权.png"),
        **changes,
    }


def test_a_visitor_claims_and_is_signed_in(client, firm):
    assert firm.name in client.get(f"/claim?uscc={firm.uscc}").text
    answer = client.post("/claim", data=form(firm), content_type="multipart/form-data", follow_redirects=True)
    assert "正在核验" in answer.text
    assert client.get("/firm/profile").status_code == 302


def test_the_page_tells_which_check_failed(client):
    assert "长度不符" in client.get("/claim?uscc=9132").text


@pytest.mark.parametrize(
    "changes",
    [
        {"uscc": "9132"},
        {"is_true": ""},
        {"again": "other password"},
        {"operator_phone": "call me"},
        {"login_name": "a b"},
        {"login_name": "<script>"},
        {"password": "short", "again": "short"},
        {"surprise": "1"},
        {"operator_name": "x" * 500},
        {"licence": (io.BytesIO(b"<html>"), "a.png")},
        {"licence": ""},
    ],
)
def test_a_bad_claim_is_answered_with_422_and_keeps_nothing(client, database, firm, changes):
    answer = client.post("/claim", data=form(firm, **changes), content_type="multipart/form-data")
    assert answer.status_code == 422
    with database.read() as session:
        assert session.scalar(select(Claim.id)) is None


def test_a_body_beyond_the_cap_is_refused(app, client, firm):
    app.config["MAX_CONTENT_LENGTH"] = 1000
    sent = form(firm, licence=(io.BytesIO(PNG + b"0" * 1000), "a.png"))
    assert client.post("/claim", data=sent, content_type="multipart/form-data").status_code == 413


def test_claims_from_one_address_are_throttled(client, firm, monkeypatch):
    monkeypatch.setattr("borrowers.claims.views.CLAIMS_PER_ADDRESS", 2)
    codes = [client.post("/claim", data={"uscc": "1"}).status_code for _ in range(3)]
    assert codes == [422, 422, 429]


def test_a_lenders_officer_is_told_to_sign_out(people, as_actor):
    assert "不是企业账号" in as_actor(people.member(Role.LENDER_VIEWER)).get("/claim").text


def test_the_platform_sees_the_proof_and_verifies(database, files, firm, administrator, as_actor):
    claim, _ = register(database, files, firm)
    desk = as_actor(administrator)
    assert firm.name in desk.get("/platform/claims").text
    page = desk.get(f"/platform/claims/{claim.public_id}")
    assert "张经办" in page.text
    with database.read() as session:
        proof = session.scalars(select(ClaimProof).where(ClaimProof.kind == "licence")).one()
    shown = desk.get(f"/platform/claims/{claim.public_id}/proofs/{proof.public_id}")
    assert shown.data == PNG
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert desk.post(f"/platform/claims/{claim.public_id}/verify").status_code == 302
    assert desk.post(f"/platform/claims/{claim.public_id}/verify").status_code == 409


def test_the_page_asks_for_the_reason_of_a_refusal(database, files, firm, administrator, as_actor):
    claim, _ = register(database, files, firm)
    desk = as_actor(administrator)
    assert desk.post(f"/platform/claims/{claim.public_id}/refuse", data={"reason": " "}).status_code == 422
    assert desk.post(f"/platform/claims/{claim.public_id}/refuse", data={"reason": "模糊"}).status_code == 302


@pytest.mark.parametrize("path", ["nothing", "nothing/proofs/nothing"])
def test_a_claim_that_does_not_exist_is_not_found(administrator, as_actor, path):
    assert as_actor(administrator).get(f"/platform/claims/{path}").status_code == 404


def test_a_regulator_does_not_see_claims(people, as_actor):
    assert as_actor(people.member(Role.PLATFORM_REGULATOR)).get("/platform/claims").status_code == 403


def test_an_auditor_sees_claims_and_cannot_decide(database, files, firm, people, as_actor):
    claim, _ = register(database, files, firm)
    auditor = as_actor(people.member(Role.PLATFORM_AUDITOR))
    page = auditor.get(f"/platform/claims/{claim.public_id}")
    assert page.status_code == 200
    assert "通过认领" not in page.text
    assert auditor.post(f"/platform/claims/{claim.public_id}/verify").status_code == 403
