"""Claiming a firm: code first, then account and proof; afterwards how the claim stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import service
from borrowers.claims.rules import PROOF_WORDS, STATE_TONES, STATE_WORDS, ClaimState, ProofKind
from borrowers.claims.schemas import ClaimSchema, RegistrationSchema
from borrowers.claims.service import ClaimDetails, Lookup, NewAccount, Proof
from borrowers.documents import media
from creditbridge.access import guard, throttle
from creditbridge.access import service as access
from creditbridge.access.guard import actor_or_none
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import DomainError
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import current_locale
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit

blueprint = Blueprint("claims", __name__, template_folder="templates")

WINDOW = timedelta(hours=1)
CLAIMS_PER_ADDRESS = 20


@blueprint.get("/claim")
def start() -> ResponseReturnValue:
    """Step one asks for the code, step two for the proof; an account with a claim sees how it stands."""
    actor = actor_or_none()
    if actor is not None:
        standing = _standing(actor)
        if standing is not None:
            return standing
    typed = request.args.get("uscc", "")[:60]
    if not typed.strip():
        return render_template("claims/find.html", typed="", found=None)
    found = service.look_up(unit.session(), typed)
    if found.firm is None or found.problem is not None:
        return render_template("claims/find.html", typed=typed, found=found)
    return _proof_page(Form(_schema(actor), {"uscc": found.check.code}), found, actor)


@blueprint.post("/claim")
def submit() -> ResponseReturnValue:
    actor = actor_or_none()
    if actor is not None and not actor.is_firm:
        return redirect(url_for("claims.start"))
    if actor is None:
        _throttle()
    form = Form.from_request(_schema(actor))
    if form.validate():
        try:
            return _claimed(form, actor)
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
    found = service.look_up(unit.session(), form.value("uscc")[:60])
    if found.firm is None:
        return render_template("claims/find.html", typed=form.value("uscc")[:60], found=found), 422
    return _proof_page(form, found, actor)


def _claimed(form: Form, actor: Actor | None) -> ResponseReturnValue:
    data = form.data
    details = ClaimDetails(data["uscc"], data["operator_name"], data["operator_phone"], _proofs())
    if actor is not None:
        service.claim(unit.session(), unit.files(), actor, details)
        return redirect(url_for("claims.start"))
    opened = NewAccount(data["login_name"], data["operator_name"], data["password"], current_locale())
    _made, membership = service.register(unit.session(), unit.files(), opened, details)
    token = access.start_sign_in(
        unit.session(),
        membership.user,
        address=_address(),
        agent=str(request.user_agent),
        membership=membership,
    )
    flash(_("账号已开通，认领已提交。"), "success")
    response = redirect(url_for("claims.start"))
    guard.set_session_cookie(response, token)
    return response


def _standing(actor: Actor) -> ResponseReturnValue | None:
    """The page of an account that cannot claim now; None if it can."""
    if not actor.is_firm:
        return render_template("claims/other_account.html")
    latest = service.latest_claim(unit.session(), actor)
    if latest is None or (latest[0].state in _CLOSED and request.args.get("uscc") is not None):
        return None
    claim, firm = latest
    return render_template(
        "claims/standing.html",
        claim=claim,
        firm=firm,
        words=STATE_WORDS[ClaimState(claim.state)],
        tone=STATE_TONES[ClaimState(claim.state)],
    )


_CLOSED = (ClaimState.REFUSED.value, ClaimState.REVOKED.value)


def _schema(actor: Actor | None) -> type[ClaimSchema]:
    return RegistrationSchema if actor is None else ClaimSchema


def _proof_page(form: Form, found: Lookup, actor: Actor | None) -> ResponseReturnValue:
    page = render_template(
        "claims/proof.html",
        form=form,
        found=found,
        with_account=actor is None,
        proofs=[(kind.value, PROOF_WORDS[kind]) for kind in ProofKind],
        accept=media.ACCEPT_PROOF,
        max_mb=media.MAX_BYTES // media.MIB,
    )
    return page, form.status


def _proofs() -> list[Proof]:
    sent: list[Proof] = []
    for kind in ProofKind:
        file: Any = request.files.get(kind.value)
        if file is not None and file.filename:
            sent.append(Proof(kind, file.filename, file.stream.read(media.MAX_BYTES + 1)))
    return sent


def _throttle() -> None:
    """Count tries by address, in units of work of their own: this request's must not be open meanwhile."""
    unit.abandon()
    throttle.take(unit.database(), "claim", _address(), limit=CLAIMS_PER_ADDRESS, window=WINDOW)


def _address() -> str:
    return request.remote_addr or ""
