import json
from importlib import resources
from pathlib import Path

import pytest

from creditbridge.records.feeds import FeedError, feeds, parse


def stored(code="abnormal_list"):
    return json.loads(
        resources.files("creditbridge.records").joinpath(f"data/feeds/{code}.json").read_text("utf-8")
    )


def test_at_least_twenty_of_the_citys_tables_are_mapped():
    tables = [feed.table for feed in feeds().values() if feed.table]
    assert len(set(tables)) == len(tables) >= 20


def test_every_feed_is_named_in_both_languages():
    for feed in feeds().values():
        assert feed.name.zh
        assert not any("一" <= sign <= "鿿" for sign in feed.name.en), feed.code


@pytest.mark.parametrize(
    "change",
    [
        {"department": "nobody"},
        {"columns": {}},
        {"firm": []},
        {"firm": [{"column": "uni_social_crd_cd", "by": "guess"}]},
        {"records": []},
        {"records": [{"item": "no.such", "occurred": {"column": "inclu_dt"}}]},
        {"records": [{"occurred": {"column": "inclu_dt"}}]},
        {"records": [{"item": "penalty.fine", "occurred": {"column": "inclu_dt", "kind": "week"}}]},
        {"optional": ["uni_social_crd_cd", "reg_no"]},
        {"frequency": "often"},
        {"late_after_days": -1},
        {"nonsense": 1},
        {"code": "中文"},
    ],
)
def test_a_description_that_contradicts_itself_is_refused(change):
    with pytest.raises(FeedError):
        parse(json.dumps({**stored(), **change}))


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense"])
def test_what_is_no_description_is_refused(text):
    with pytest.raises(FeedError):
        parse(text)


def test_values_fit_their_items():
    data = stored("taxes_paid")
    data["records"][0]["value"]["unit"] = "count"
    with pytest.raises(FeedError):
        parse(json.dumps(data))
    data = stored("tax_grades")
    data["records"][0]["value"]["grades"] = {"优": "S"}
    with pytest.raises(FeedError):
        parse(json.dumps(data))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ('{"code": "x"}', "lacks 'name'"),
        ("[]", "not of the form"),
    ],
)
def test_a_description_that_is_none_is_refused_with_what_it_lacks(text, said):
    with pytest.raises(FeedError) as error:
        parse(text)
    assert said in str(error.value)


def test_the_description_in_the_manual_can_be_taken_as_it_is():
    manual = (Path(__file__).parents[3] / "docs/records.md").read_text("utf-8")
    example = manual.split("```json\n")[1].split("```")[0]
    assert [rule.item.code for rule in parse(example).records] == ["penalty.fine", "penalty.warning"]
