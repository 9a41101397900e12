"""Consents: states, scopes and texts."""

from datetime import date

import pytest

from creditbridge.disclosure import scopes, texts
from creditbridge.disclosure.rules import (
    LIFECYCLE,
    STATE_WORDS,
    ConsentState,
    Purpose,
    Scope,
    consequence_of_revoking,
    is_live,
    state_on,
    withheld,
)
from creditbridge.facts.catalogue import Sensitivity, Subject, catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.kernel.errors import Conflict

DAY = date(2026, 11, 23)


def value(raw):
    return FactValue(raw, FactSource.DEMO, DAY)


FACTS = FirmFacts(
    1,
    {
        "annual_revenue": value(100),
        "tax_paid_12m": value(5),
        "registered_capital": value(9),
        "enterprise_risk_class": value("A"),
    },
    {"cultivation_pool": ListMembership(True, FactSource.LIST_KEEPER, DAY)},
)


def test_every_authorised_fact_of_firms_is_opened_by_exactly_one_scope():
    listed = [code for entry in scopes.scope_catalogue().values() for code in entry.facts]
    open_to_consent = {
        code
        for code, fact in catalogue().items()
        if fact.subject is Subject.FIRM and fact.sensitivity is Sensitivity.AUTHORISED
    }
    assert len(listed) == len(set(listed))
    assert open_to_consent <= set(listed)


def test_scopes_name_only_facts_of_firms_that_a_consent_may_open():
    for entry in scopes.scope_catalogue().values():
        for code in entry.facts:
            assert catalogue()[code].subject is Subject.FIRM
            assert catalogue()[code].sensitivity in (Sensitivity.PUBLIC, Sensitivity.AUTHORISED)


def test_the_catalogue_of_scopes_names_each_scope():
    assert list(scopes.scope_catalogue()) == list(Scope)


def test_mask_keeps_public_facts_and_those_of_the_opened_scope():
    assert set(scopes.masked(FACTS, {Scope.OPERATIONS}).values) == {"annual_revenue", "registered_capital"}


def test_mask_says_whose_facts_they_are_and_how_far_they_were_known():
    known = FirmFacts(7, FACTS.values, FACTS.lists, 41)
    assert scopes.masked(known, set()) == FirmFacts(7, {"registered_capital": value(9)}, {}, 41)


def test_mask_never_opens_an_internal_fact():
    assert "enterprise_risk_class" not in scopes.masked(FACTS, set(Scope)).values


@pytest.mark.parametrize(("opened", "kept"), [({Scope.LISTS}, 1), ({Scope.TAX}, 0)])
def test_mask_opens_lists_by_their_scope_alone(opened, kept):
    assert len(scopes.masked(FACTS, opened).lists) == kept


def test_a_fact_the_catalogue_does_not_know_is_never_shown():
    assert scopes.masked(FirmFacts(1, {"no_such_fact": value(1)}), set(Scope)).values == {}


@pytest.mark.parametrize(
    ("day", "live"), [(date(2026, 11, 22), True), (DAY, True), (date(2026, 11, 24), False)]
)
def test_the_last_day_of_a_consent_counts(day, live):
    assert is_live("active", DAY, day) is live


def test_a_revoked_consent_stays_revoked_after_its_last_day():
    assert state_on("revoked", DAY, date(2027, 1, 1)) is ConsentState.REVOKED


@pytest.mark.parametrize("state", ["awaiting", "revoked", "consumed", "ended", "expired"])
def test_only_an_active_consent_is_live(state):
    assert not is_live(state, date(2027, 1, 1), DAY)


@pytest.mark.parametrize("step", ["revoke", "consume"])
def test_an_unsigned_consent_can_be_neither_revoked_nor_consumed(step):
    with pytest.raises(Conflict):
        LIFECYCLE.check(step, ConsentState.AWAITING)


def test_nothing_leaves_a_final_state():
    final = {ConsentState.REVOKED, ConsentState.EXPIRED, ConsentState.CONSUMED, ConsentState.ENDED}
    assert LIFECYCLE.final_states == final
    assert set(STATE_WORDS) == set(ConsentState)


def test_withheld_is_what_was_asked_and_not_granted():
    assert withheld({Scope.TAX, Scope.DEBT}, ["tax"]) == {Scope.DEBT}


def test_revoking_before_the_grant_says_that_the_application_is_withdrawn():
    words = consequence_of_revoking(Purpose.PRE_LOAN, serves_submission=True)
    assert "撤回" in words.zh
    assert "withdrawn" in words.en


def test_revoking_after_the_grant_leaves_contracts_alone():
    assert "合同不受影响" in consequence_of_revoking(Purpose.POST_LOAN, serves_submission=True).zh


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_text_names_its_parties_scope_and_last_day(purpose):
    text = texts.filled(
        texts.text_in_force(purpose, DAY), firm="甲公司", lender="乙银行", scope=["tax"], expires_on=DAY
    )
    said = "".join(paragraph.zh for paragraph in text.paragraphs)
    assert all(
        part in said for part in ("甲公司", "乙银行", "纳税", "2026-11-23", "征信查询授权", "仅供参考")
    )


def test_another_scope_is_another_digest():
    text = texts.text_in_force(Purpose.PRE_LOAN, DAY)
    digests = {
        texts.filled(text, firm="甲", lender="乙", scope=scope, expires_on=DAY).digest
        for scope in (["tax"], ["debt"])
    }
    assert len(digests) == 2


def test_no_text_is_in_force_before_the_first():
    with pytest.raises(LookupError):
        texts.text_in_force(Purpose.PRE_LOAN, date(2020, 1, 1))


def test_an_unknown_version_is_told():
    with pytest.raises(LookupError):
        texts.text_of_version(Purpose.PRE_LOAN, "1999-1")


def test_scopes_without_a_name_are_said_as_none():
    assert scopes.say_scopes(["gone"]).en == "none"
