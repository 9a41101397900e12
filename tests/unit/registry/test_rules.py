from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel import uscc
from creditbridge.registry.columns import Field, resolve
from creditbridge.registry.readings import EntityKind, FirmStatus, IdentityStatus
from creditbridge.registry.rules import MAX_CHARS, Outcome, RowVerdict, SeenRows, Terms, judge_row

ON = date(2026, 11, 23)
CODE = uscc.synthetic(1)
WRONG_DIGIT = CODE[:-1] + next(sign for sign in uscc.ALPHABET if sign != CODE[-1])
REAL = Path(__file__).with_name("real_registrations.tsv")


def judge(line: int = 2, reason: str | None = None, unit: str | None = None, **texts: str) -> RowVerdict:
    given_texts = {"uscc": CODE, "name": "演示纺织有限公司", **texts}
    return judge_row({Field(name): text for name, text in given_texts.items()}, line, Terms(ON, unit, reason))


def codes(verdict: RowVerdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


def test_a_plain_registration_is_accepted():
    verdict = judge(
        reg_date="2019-01-30", capital_raw="500万元", status="存续", industry="C1711", city="苏州"
    )
    assert (verdict.outcome, verdict.findings) == (Outcome.ACCEPTED, ())
    draft = verdict.draft
    assert draft is not None
    assert (draft.uscc, draft.identity_status, draft.established_on) == (
        CODE,
        IdentityStatus.CONFIRMED,
        date(2019, 1, 30),
    )
    assert (draft.capital_minor, draft.capital_currency, draft.status) == (
        500_000_000,
        "CNY",
        FirmStatus.ACTIVE,
    )
    assert (draft.industry_code, draft.region_code) == ("1711", "320500")


def test_what_the_file_does_not_say_stays_missing():
    draft = judge(scope="纺织品制造、销售", type="N/A", industry="").draft
    assert draft is not None
    assert (draft.industry_code, draft.region_code, draft.established_on, draft.capital_minor) == (None,) * 4
    assert (draft.status, draft.type_raw) == (FirmStatus.UNKNOWN, "")


def test_a_wrong_check_digit_is_taken_as_unconfirmed_with_a_warning():
    verdict = judge(uscc=WRONG_DIGIT)
    assert (verdict.outcome, codes(verdict)) == (Outcome.WARNED, ["uscc_check_digit"])
    assert verdict.findings[0].needs_override
    assert verdict.draft is not None
    assert verdict.draft.identity_status is IdentityStatus.UNCONFIRMED


def test_an_operators_reason_settles_a_wrong_check_digit_and_it_still_shows():
    verdict = judge(uscc=WRONG_DIGIT, reason="已核对营业执照")
    assert (verdict.outcome, codes(verdict)) == (Outcome.WARNED, ["uscc_check_digit"])
    assert not verdict.findings[0].needs_override
    assert verdict.draft is not None
    assert verdict.draft.identity_status is IdentityStatus.OVERRIDDEN


@pytest.mark.parametrize("text", ["123", CODE[:-1], CODE + "0", "9I320581142068297N", "91A20581142068297N"])
def test_a_malformed_code_is_refused_whatever_the_reason(text: str):
    verdict = judge(uscc=text, reason="已核对")
    assert (verdict.outcome, codes(verdict), verdict.draft) == (Outcome.REFUSED, ["uscc_malformed"], None)


def test_a_code_turned_into_a_rounded_number_is_refused_with_that_reason():
    verdict = judge(uscc="9.13205817301042E+17")
    assert "科学计数法" in verdict.findings[0].words.zh


def test_spaces_and_case_of_a_code_do_not_matter():
    draft = judge(uscc=f" {CODE[:8].lower()} {CODE[8:].lower()} ").draft
    assert draft is not None
    assert draft.uscc == CODE


@pytest.mark.parametrize("text", ["", "N/A", "-"])
def test_a_row_without_a_code_is_refused(text: str):
    assert codes(judge(uscc=text)) == ["uscc_missing"]


@pytest.mark.parametrize(
    "texts", [{"uscc": "320581000012345"}, {"uscc": "", "old_number": "320581000012345"}]
)
def test_a_firm_with_an_old_number_only_is_taken_with_a_warning(texts: dict[str, str]):
    verdict = judge(**texts)
    assert verdict.outcome is Outcome.WARNED
    assert "old_number_only" in codes(verdict)
    assert verdict.draft is not None
    assert (verdict.draft.uscc, verdict.draft.old_number) == (None, "320581000012345")
    assert verdict.draft.identity_status is IdentityStatus.OLD_NUMBER_ONLY


def test_an_old_number_that_computes_beside_a_code_needs_no_warning():
    assert judge(old_number="320581000012349").outcome is Outcome.ACCEPTED


def test_a_code_under_the_old_heading_is_the_code():
    draft = judge(uscc="", old_number=CODE).draft
    assert draft is not None
    assert (draft.uscc, draft.old_number) == (CODE, None)


@pytest.mark.parametrize("name", ["", "  ", "N/A", "\u200b"])
def test_a_row_without_a_name_is_refused(name: str):
    assert codes(judge(name=name)) == ["name_missing"]


@pytest.mark.parametrize(
    ("stated", "code"),
    [("2019-02-30", "date_impossible"), ("43495", "date_impossible"), ("2026-11-24", "date_in_future")],
)
def test_an_impossible_or_future_date_is_refused(stated: str, code: str):
    assert codes(judge(reg_date=stated)) == [code]


def test_a_firm_may_be_established_today():
    assert judge(reg_date="2026-11-23").outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("field", ["name", "scope", "address", "capital_raw"])
def test_text_too_long_for_its_field_is_refused(field: str):
    verdict = judge(**{field: "长" * (MAX_CHARS[Field(field)] + 1)})
    assert verdict.outcome is Outcome.REFUSED
    assert "too_long" in codes(verdict)


def test_control_characters_are_refused():
    assert codes(judge(name="甲\x07公司")) == ["control_characters"]


def test_line_breaks_in_a_scope_are_spaces():
    draft = judge(scope="甲\n乙").draft
    assert draft is not None
    assert draft.scope == "甲 乙"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"capital_raw": "约五百"}, "capital_unread"),
        ({"industry": "C99"}, "industry_unknown"),
        ({"region": "亚特兰蒂斯"}, "region_unknown"),
        ({"city": "苏州", "district": "亚特兰蒂斯"}, "region_unknown"),
        ({"status": "不可言说"}, "status_unknown"),
        ({"old_number": "12"}, "old_number_unusual"),
    ],
)
def test_a_fact_that_cannot_be_read_is_a_warning_and_stays_missing(texts: dict[str, str], code: str):
    verdict = judge(**texts)
    assert (verdict.outcome, codes(verdict)) == (Outcome.WARNED, [code])


def test_an_unread_capital_is_kept_as_written():
    draft = judge(capital_raw="约五百").draft
    assert draft is not None
    assert (draft.capital_raw, draft.capital_minor) == ("约五百", None)


def test_the_type_says_the_kind_and_the_code_only_hints_at_it():
    stated, hinted = judge(type="个体工商户").draft, judge(type="").draft
    assert stated is not None
    assert hinted is not None
    assert (stated.entity_kind, stated.entity_kind_is_hint) == (EntityKind.INDIVIDUAL_BUSINESS, False)
    assert (hinted.entity_kind, hinted.entity_kind_is_hint) == (EntityKind.ENTERPRISE, True)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"province": "江苏省", "city": "苏州市", "district": "常熟市"}, "320581"),
        ({"province": "北京市", "city": "北京市", "district": "朝阳区"}, "110105"),
        ({"region": "320581"}, "320581"),
        ({"region": "常熟市", "city": "无锡"}, "320581"),
        ({"city": "苏州"}, "320500"),
        ({}, None),
    ],
)
def test_the_finest_stated_region_is_taken(texts: dict[str, str], code: str | None):
    draft = judge(**texts).draft
    assert draft is not None
    assert draft.region_code == code


def test_all_reasons_of_a_refused_row_are_told():
    assert set(codes(judge(uscc="x", name="", reg_date="2019-02-30"))) == {
        "uscc_malformed",
        "name_missing",
        "date_impossible",
    }


def test_a_repeated_row_is_no_contradiction():
    seen = SeenRows()
    assert seen.judge(judge(line=2)) == (judge(line=2), False)
    again, repeats = seen.judge(judge(line=3))
    assert (again.outcome, repeats) == (Outcome.ACCEPTED, True)


def test_a_contradicting_row_is_refused_and_names_the_first_line():
    seen = SeenRows()
    seen.judge(judge(line=7))
    verdict, repeats = seen.judge(judge(line=9, name="另一家公司"))
    assert (verdict.outcome, codes(verdict), repeats) == (
        Outcome.REFUSED,
        ["contradicts_earlier_line"],
        False,
    )
    assert "第 7 行" in verdict.findings[0].words.zh


@pytest.mark.parametrize("first", [CODE, ""])
def test_one_old_number_with_and_without_a_code_cannot_be_told_apart(first: str):
    seen = SeenRows()
    number = "320581000012347"
    seen.judge(judge(line=2, uscc=first, old_number=number))
    verdict, _ = seen.judge(judge(line=3, uscc="" if first else CODE, old_number=number))
    assert "contradicts_earlier_line" in codes(verdict)


def test_firms_with_codes_may_share_an_old_number():
    seen = SeenRows()
    seen.judge(judge(line=2, old_number="320581000012347"))
    verdict, _ = seen.judge(judge(line=3, uscc=uscc.synthetic(2), old_number="320581000012347"))
    assert verdict.draft is not None


def test_refused_rows_are_not_remembered():
    seen = SeenRows()
    seen.judge(judge(line=2, reg_date="2019-02-30"))
    assert seen.judge(judge(line=3))[0].outcome is Outcome.ACCEPTED


def test_real_registrations_are_accepted_whole():
    with REAL.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
    found = resolve(header)
    verdicts = [judge_row(found.texts(row), line, Terms(ON)) for line, row in enumerate(rows, start=2)]
    assert Counter(verdict.outcome for verdict in verdicts) == {Outcome.ACCEPTED: 106}
    assert {verdict.draft.industry_code for verdict in verdicts if verdict.draft} == {None}


@given(st.dictionaries(st.sampled_from(list(Field)), st.text(max_size=40)))
def test_any_row_is_judged_and_refused_exactly_when_it_has_no_draft(texts: dict[Field, str]):
    verdict = judge_row(texts, 2, Terms(ON))
    assert (
        (verdict.draft is None)
        == (verdict.outcome is Outcome.REFUSED)
        == any(f.refuses for f in verdict.findings)
    )
    assert verdict.outcome is Outcome.ACCEPTED or verdict.findings
