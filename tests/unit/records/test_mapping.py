"""From rows to records: what lasts, what ends, and what a description may ask of a cell."""

import json
from datetime import date
from importlib import resources

import polars as pl
import pytest

from creditbridge.kernel import uscc
from creditbridge.records import catalogue
from creditbridge.records.columns import NO_DAY, day_of
from creditbridge.records.feeds import feeds, parse
from creditbridge.records.firm_index import FirmIndex
from creditbridge.records.mapping import Mapper
from creditbridge.scoring.language import Status, measures_of
from creditbridge.scoring.parsing import parse as parse_expression
from creditbridge.scoring.program import chosen_items

CODE = uscc.synthetic(1)
TODAY = date(2026, 11, 28)


def became(feed, *rows):
    """What rows of a feed become."""
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in feed.columns},
        schema=dict.fromkeys(feed.columns, pl.String),
    )
    return Mapper(feed, FirmIndex([(1, CODE, None, "甲")]), TODAY).map(frame)


def mapped(feed, *rows):
    """The records of rows of a feed, each as its item's code, its day and its end (None while it lasts)."""
    found = became(feed, *rows)
    assert (found.problems == "").all(), found.problems.to_list()
    names = {item.number: item.code for item in catalogue.items().values()}
    columns = (found.records[name].tolist() for name in ("item", "occurred_on", "ends_on"))
    return [
        (names[item], day_of(occurred), None if ends == NO_DAY else day_of(ends))
        for item, occurred, ends in zip(*columns, strict=True)
    ]


def asked(**changes):
    """A feed of its own with one record rule."""
    rule = {"item": "penalty.warning", "occurred": {"column": "day"}, **changes}
    return parse(
        json.dumps(
            {
                "code": "own", "name": {"zh": "甲", "en": "Own"}, "department": "market", "frequency": "daily",
                "late_after_days": 9, "columns": {"code": "代码", "day": "日期", "state": "状态"},
                "firm": [{"column": "code", "by": "code"}], "key": ["code", "day", "state"], "records": [rule],
            }
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ({"column": "day", "plus_months": 2}, date(2025, 3, 31)),
        ({"column": "day", "plus_months": 1}, date(2025, 2, 28)),
        ({"column": "day", "plus_months": 1, "plus_years": 1, "inclusive": True}, date(2026, 3, 1)),
        ({"received": True, "plus_months": 4}, date(2027, 3, 28)),
    ],
)
def test_what_is_sent_anew_each_time_may_last_until_the_next_sending(ends, until):
    row = {"code": CODE, "day": "2025-01-31", "state": "甲"}
    assert mapped(asked(ends=ends), row) == [("penalty.warning", date(2025, 1, 31), until)]


@pytest.mark.parametrize(
    ("condition", "fit"),
    [
        ({"is": ["无效"]}, {"甲", "", "无效的"}),
        ({"contains": ["无效"]}, {"甲", ""}),
        ({"filled": True}, {""}),
    ],
)
def test_a_condition_may_say_what_a_cell_must_not_be(condition, fit):
    feed = asked(when=[{"column": "state", "not": True, **condition}])
    for state in ("甲", "", "无效", "无效的"):
        frame = pl.DataFrame({"code": [CODE], "day": ["2025-01-31"], "state": [state]})
        found = Mapper(feed, FirmIndex([(1, CODE, None, "甲")]), TODAY).map(frame)
        assert (found.problems[0] == "") == (state in fit), state


@pytest.mark.parametrize(
    ("code", "row", "item", "lasts"),
    [
        ("dishonest_debtors", {"uni_social_crd_cd": CODE, "case_no": "1", "publish_dt": "2025-01-31"},
         "judicial.dishonest", True),
        ("dishonest_debtors", {"uni_social_crd_cd": CODE, "case_no": "1", "publish_dt": "2025-01-31",
                               "executed_perfor": "全部已履行"}, "judicial.dishonest", False),
        ("ip_pledges", {"uni_social_crd_cd": CODE, "tmreg_no": "1", "public_dt": "2025-01-31", "kinds": "专利权",
                        "state": "有效"}, "honour.patent_pledge", True),
        ("ip_pledges", {"uni_social_crd_cd": CODE, "tmreg_no": "1", "public_dt": "2025-01-31", "kinds": "专利权",
                        "state": "注销"}, "honour.patent_pledge", False),
        ("water_arrears", {"uni_social_crd_cd": CODE, "bill_no": "1", "count_ym": "202610", "amt": "12",
                           "arrear_tms": "1"}, "operation.water_arrears", True),
        ("water_arrears", {"uni_social_crd_cd": CODE, "bill_no": "1", "count_ym": "202608", "amt": "12",
                           "arrear_tms": "1"}, "operation.water_arrears", False),
        ("tax_arrears", {"tax_no": CODE, "own_tax_type": "增值税", "cumu_own_amt": "12"}, "tax.arrears", True),
        ("market_penalties", {"uni_social_crd_cd": CODE, "admin_punish_doc": "1", "punish_dt": "2025-01-31",
                              "punish_result": "罚款5000元"}, "penalty.fine", True),
    ],
)  # fmt: skip
def test_what_still_stands_is_open_today(code, row, item, lasts):
    ends = {name: until for name, _, until in mapped(feeds()[code], row)}
    assert (ends[item] is None or ends[item] > TODAY) == lasts


def test_capital_in_another_currency_is_not_read_as_yuan():
    row = {"uni_social_crd_cd": CODE, "est_dt": "2020-01-01", "reg_capt": "100", "reg_state": "存续"}
    known = {one for one, *_ in mapped(feeds()["entities"], row)}
    foreign = {one for one, *_ in mapped(feeds()["entities"], {**row, "capt_kind": "美元"})}
    assert known - foreign == {"registration.capital"}


def test_a_trade_under_closer_supervision_is_told_from_its_scope():
    row = {"uni_social_crd_cd": CODE, "est_dt": "2020-01-01", "reg_state": "存续", "reg_capt": ""}
    supervised = mapped(feeds()["entities"], {**row, "opt_scop": "足浴服务；住宿"})
    assert ("registration.sensitive_trade", date(2020, 1, 1), None) in supervised
    assert len(mapped(feeds()["entities"], {**row, "opt_scop": "棉纺织"})) == len(supervised) - 1


_ENDS_WITH_ITSELF = {
    ("tax_audits", "tax.audit"),  # the table tells of the decision, with which an audit is over
    ("lender_report", "commitment.loan_overdue"),  # nothing in the table pairs an overdue loan with its repayment
    ("market_penalties", "penalty.warning"),  # a mere warning is not published
    ("ip_pledges", "honour.trademark_pledge"), ("ip_pledges", "honour.patent_pledge"),
    ("ip_pledges", "honour.software_pledge"), ("dishonest_debtors", "judicial.dishonest"),
}  # fmt: skip
"""Rows that say that it is over, or that say no more."""


def test_what_another_citys_indicators_ask_to_be_open_can_be_open():
    text = resources.files("creditbridge.scoring").joinpath("data/city_indicators.json").read_text("utf-8")
    expressions = [parse_expression(row["value"]) for row in json.loads(text)["indicators"] if row["value"]]
    open_items = {
        item.code
        for expression in expressions
        for measure in measures_of(expression)
        if measure.filter.status is Status.OPEN
        for item in chosen_items(measure.filter, catalogue.items())
    }
    never = {
        (feed.code, rule.item.code)
        for feed in feeds().values()
        for rule in feed.records
        if rule.item is not None and not rule.lasting and rule.ends is None and rule.item.code in open_items
    }
    assert never <= _ENDS_WITH_ITSELF


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"net_profit": "-30000"}, ""),
        ({"employee_num": "0"}, ""),
        ({"employee_num": "-3"}, "number_out_of_range@employee_num"),
    ],
)
def test_a_report_may_state_a_loss_but_no_fewer_people_than_none(sent, problem):
    row = {"uni_social_crd_cd": CODE, "annual_year": "2025", "annual_date": "2026-03-01", **sent}
    assert became(feeds()["annual_reports"], row).problems.to_list() == [problem]


@pytest.mark.parametrize(
    ("kind", "fine", "item"),
    [
        ("罚款", "", "penalty.fine"),
        ("罚款", "2000", "penalty.fine_low"),
        ("罚款", "20000", "penalty.fine"),
        ("警告", "", "penalty.warning"),
    ],
)
def test_a_fine_whose_amount_is_not_told_is_no_warning(kind, fine, item):
    row = {"uni_social_crd_cd": CODE, "set_time": "2026-03-01", "punish_type": kind, "fine": fine}
    assert [one[0] for one in mapped(feeds()["penalties"], row)] == [item]


@pytest.mark.parametrize(
    ("feed", "row", "ranks"),
    [
        ("environment_grades", {"pub_tm": "2026-03-01", "cmnt_lvel": "绿牌"}, [0]),
        ("environment_grades", {"pub_tm": "2026-03-01", "cmnt_lvel": "E级"}, [4]),
        ("environment_grades", {"pub_tm": "2026-03-01", "cmnt_lvel": "环保警示企业"}, [2]),
        ("logistics_grades", {"assess_dt": "2026-03-01", "cmnt_result": "BBB级"}, [1]),
    ],
)
def test_grades_are_read_as_departments_write_them(feed, row, ranks):
    assert became(feeds()[feed], {"uni_social_crd_cd": CODE, **row}).records["value"].tolist() == ranks


def test_what_a_debtor_has_fulfilled_is_over():
    row = {"uni_social_crd_cd": CODE, "publish_dt": "2026-03-01", "executed_perfor": "履行完毕"}
    assert mapped(feeds()["dishonest_debtors"], row) == [
        ("judicial.dishonest", date(2026, 3, 1), date(2026, 3, 2)),
        ("judicial.dishonest_fulfilled", date(2026, 3, 1), date(2026, 3, 2)),
    ]
