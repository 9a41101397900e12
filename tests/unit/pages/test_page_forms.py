"""Decoding what a page sent, keeping it, and saying what is wrong with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, validates_schema
from werkzeug.datastructures import MultiDict

from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Amount, Choice, Flag, ListOf, Nested, Secret, Text, Whole
from creditbridge.pages.forms import Form
from creditbridge.pages.schemas import Schema


class Kind(StrEnum):
    A = "a"
    B = "b"


class CriterionSchema(Schema):
    fact = Text(required=True)
    value = Whole()


class ProductSchema(Schema):
    name = Text(max=20, required=True)
    least = Amount()
    most = Amount()
    kinds = ListOf(Choice(Kind, {Kind.A: Words("甲", "First")}))
    criteria = Nested(CriterionSchema, many=True, max=3)
    contact = Nested(CriterionSchema)
    live = Flag(load_default=False)
    password = Secret()

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        if "least" in data and "most" in data and data["least"] > data["most"]:
            raise ValidationError({"most": [Words("应不小于最低金额。", "At least the lowest amount.")]})


def decoded(*pairs: tuple[str, str]) -> Form:
    return Form.decode(ProductSchema, MultiDict([("name", "织造贷"), *pairs]))


def test_text_becomes_typed_values() -> None:
    form = decoded(("most", "300"), ("kinds", "a"), ("kinds", "b"), ("live", "true"))
    assert form.validate()
    assert form.data == {"name": "织造贷", "most": 300_000_000, "kinds": [Kind.A, Kind.B], "live": True}


def test_rows_are_counted_without_gaps() -> None:
    form = decoded(("criteria-7-fact", "size"), ("criteria-2-fact", "grade"), ("criteria-2-value", "3"))
    assert form.validate()
    assert form.data["criteria"] == [{"fact": "grade", "value": 3}, {"fact": "size"}]
    assert form.value("criteria-1-fact") == "size"


def test_an_empty_row_is_left_out() -> None:
    form = decoded(("criteria-0-fact", ""), ("criteria-1-fact", "grade"), ("criteria-2-value", ""))
    assert form.validate()
    assert form.data["criteria"] == [{"fact": "grade"}]
    assert form.rows("criteria") == ["criteria-0"]


def test_an_error_in_a_row_is_found_by_its_path() -> None:
    form = decoded(("criteria-5-value", "x"))
    assert not form.validate()
    assert set(form.errors) == {"criteria.0.fact", "criteria.0.value"}
    assert form.value("criteria-0-value") == "x"


def test_a_parameter_sent_twice_is_refused() -> None:
    form = Form.decode(ProductSchema, MultiDict([("name", "a"), ("name", "b")]))
    assert not form.validate()
    assert set(form.errors) == {"name"}


@pytest.mark.parametrize(
    "name", ["price", "criteria-0-hack", "criteria-x-fact", "criteria", "contact-0-fact", "name-x"]
)
def test_an_unknown_parameter_is_refused(name: str) -> None:
    form = decoded((name, "1"))
    assert not form.validate()


@pytest.mark.parametrize("name", ["_action", "_form_key", "csrf_token"])
def test_parameters_of_the_frame_are_left_alone(name: str) -> None:
    assert decoded((name, "1")).validate()


def test_too_many_rows_are_refused() -> None:
    form = decoded(*[(f"criteria-{place}-fact", "x") for place in range(400)])
    assert not form.validate()
    assert "criteria" in form.errors


def test_a_value_nobody_can_read_stays_as_typed() -> None:
    form = decoded(("most", "三百万吧"))
    assert not form.validate()
    assert form.value("most") == "三百万吧"
    assert len(form.errors["most"]) == 1


def test_checks_across_fields_are_run() -> None:
    form = decoded(("least", "2"), ("most", "1"))
    assert not form.validate()
    assert form.errors["most"][0].en == "At least the lowest amount."


def test_a_password_is_not_kept() -> None:
    form = decoded(("password", " x "))
    assert form.validate()
    assert form.data["password"] == " x "
    assert "password" not in form.values


def test_stored_values_are_shown_as_people_type_them() -> None:
    form = Form(
        ProductSchema,
        {"name": "甲", "most": 125_000_000, "kinds": [Kind.B], "criteria": [{"fact": "g", "value": 2}]},
    )
    assert form.values == {
        "name": "甲",
        "most": "125",
        "kinds": ["b"],
        "criteria-0-fact": "g",
        "criteria-0-value": "2",
    }


def test_what_a_use_case_says_comes_to_its_field() -> None:
    form = decoded()
    form.add_error(InvalidInput({"contact.fact": [Words("不对", "Wrong")]}))
    assert form.errors == {"contact.fact": [Words("不对", "Wrong")]}
    assert form.status == 422


def test_what_a_rule_says_comes_to_the_top() -> None:
    form = decoded()
    form.add_error(RuleRefused("no", Words("不可以", "No")))
    assert form.errors == {"": [Words("不可以", "No")]}


def test_spare_rows_are_offered() -> None:
    assert Form(ProductSchema).rows("criteria", spare=2) == ["criteria-0", "criteria-1"]


def test_choices_come_from_the_schema() -> None:
    assert Form(ProductSchema).choices("kinds")[0] == ("a", Words("甲", "First"))


def test_the_form_key_survives_a_correction(app: Flask) -> None:
    key = Form(ProductSchema).key
    with app.test_request_context("/", method="POST", data={"_form_key": key, "_action": "save"}):
        form = Form.from_request(ProductSchema)
    assert (form.key, form.action) == (key, "save")


def test_a_forged_form_key_is_replaced(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"_form_key": '"><script>'}):
        assert "<" not in Form.from_request(ProductSchema).key


def test_filters_leave_sort_and_cursor_to_the_table(app: Flask) -> None:
    with app.test_request_context("/?name=a&sort=-name&cursor=x&lang=en"):
        form = Form.from_query(ProductSchema)
    assert form.validate()
    assert form.data["name"] == "a"


PAGE = """{% from "pages/components/forms.html" import form_tag, field, submit %}
{% call form_tag(form) %}{{ field(form, 'name', '名称', hint='产品名称') }}{{ field(form, 'most', '最高金额', kind='amount') }}
{{ field(form, 'kinds', '类别', kind='checks') }}{{ submit('保存') }}{% endcall %}"""


def rendered(app: Flask, form: Form) -> str:
    with app.test_request_context("/"):
        return render_template_string(PAGE, form=form)


def test_errors_are_listed_with_a_way_to_the_field(app: Flask) -> None:
    form = Form.decode(ProductSchema, MultiDict())
    form.validate()
    page = rendered(app, form)
    assert '<a href="#f-name">名称：请填写此项。</a>' in page
    assert 'aria-describedby="f-name-hint f-name-error" aria-invalid="true"' in page


def test_what_was_typed_is_escaped(app: Flask) -> None:
    page = rendered(app, decoded(("most", '"><script>alert(1)</script>')))
    assert "<script>" not in page


def test_the_unit_stands_beside_an_amount(app: Flask) -> None:
    assert "万元</span>" in rendered(app, Form(ProductSchema))


def test_fields_without_errors_show_no_summary(app: Flask) -> None:
    assert "error-summary" not in rendered(app, Form(ProductSchema))


names = (
    st.sampled_from(
        [
            "name",
            "least",
            "kinds",
            "criteria-0-fact",
            "criteria-99999-fact",
            "criteria--1-value",
            "contact-fact",
            "live",
        ]
    )
    | st.text()
)


@given(st.lists(st.tuples(names, st.text())))
def test_whatever_is_sent_is_decoded_without_a_crash(pairs: list[tuple[str, str]]) -> None:
    form = Form.decode(ProductSchema, MultiDict(pairs))
    form.validate()
    assert all(isinstance(words, Words) for several in form.errors.values() for words in several)
