"""Hypothesis strategies for facts, admission rules and amounts; every rule they draw is valid."""

from datetime import date

from hypothesis import strategies as st

from creditbridge.facts.catalogue import FactType, Subject, catalogue, named_lists
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from lenders.admission.amount import Amount, Cap, Combination, Combined, PerUnit, Share, Tier, Tiers
from lenders.admission.tree import Criterion, Group, Missing, Mode, Operator, Test, Tree
from lenders.admission.truth import operators_for

a_date = st.dates(date(1950, 1, 1), date(2026, 12, 31))
REGIONS = ("320000", "320500", "320581", "310000", "310115", "990000", "990101")
INDUSTRIES = ("C", "17", "1711", "I", "65", "6510", "A")
LABELS = ("exporter", "green_factory", "time_honoured")

_STORED = {
    FactType.NUMBER_FEN: lambda _: st.integers(-1_000, 1_000),
    FactType.NUMBER: lambda _: st.integers(-1_000, 1_000),
    FactType.COUNT: lambda _: st.integers(0, 1_000),
    FactType.RATIO_PPM: lambda _: st.integers(-1_000, 1_000),
    FactType.BOOLEAN: lambda _: st.booleans(),
    FactType.DATE: lambda _: a_date,
    FactType.YEARS: lambda _: a_date,
    FactType.CHOICE: lambda fact: st.sampled_from(sorted(fact.choices)),
    FactType.CHOICES: lambda fact: st.frozensets(st.sampled_from(sorted(fact.choices)), max_size=4),
    FactType.SCALE_GRADE: lambda fact: st.sampled_from(list(fact.scale.grades)),
    FactType.REGION: lambda _: st.sampled_from(REGIONS),
    FactType.INDUSTRY: lambda _: st.sampled_from(INDUSTRIES),
    FactType.LABEL_SET: lambda _: st.frozensets(st.sampled_from(LABELS)),
}

# Few facts of every type, so that rules and firms meet often.
FIRM_FACTS = (
    "registered_region", "industry", "established_on", "firm_size", "annual_revenue", "employees",
    "new_hire_ratio", "owns_ip", "tech_certifications", "platform_grade", "platform_score", "labels",
    "business_term_until",
)  # fmt: skip
OTHER_FACTS = ("settlement_stable", "requested_amount", "owner_age", "guarantee_type")
IN_LISTS = ("sukedai_reserve", "cultivation_pool")


def stored_value(fact):
    return _STORED[fact.type](fact)


def fact_value(code):
    return st.builds(
        FactValue, stored_value(catalogue()[code]), st.sampled_from(FactSource), a_date, st.booleans()
    )


def some_values(codes):
    return st.fixed_dictionaries({}, optional={code: fact_value(code) for code in codes})


membership = st.builds(ListMembership, st.booleans(), st.sampled_from(FactSource), a_date, st.booleans())


def firm_facts(codes=FIRM_FACTS):
    return st.builds(
        FirmFacts,
        st.integers(0, 10**6),
        some_values(codes),
        st.dictionaries(st.sampled_from(IN_LISTS), membership),
        st.integers(0, 10**6),
    )


beside = some_values(OTHER_FACTS)


def every_fact():
    return tuple(fact.code for fact in catalogue().values() if fact.subject is Subject.FIRM)


def _threshold(fact, operator):
    if operator in (Operator.IN_LIST, Operator.NOT_IN_LIST):
        return st.sampled_from(sorted(named_lists()))
    if fact.type is FactType.BOOLEAN:
        return st.none()
    one = st.integers(0, 60) if fact.type is FactType.YEARS else _one_threshold(fact)
    one = one.map(date.isoformat) if fact.type is FactType.DATE else one
    if operator is Operator.BETWEEN:
        return st.tuples(one, one).map(lambda pair: tuple(sorted(pair)))
    if operator in (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN):
        return one
    return st.lists(one, min_size=1, max_size=4, unique=True).map(tuple)


def _one_threshold(fact):
    if fact.type in (FactType.CHOICES, FactType.LABEL_SET):
        return st.sampled_from(sorted(fact.choices) or LABELS)
    return stored_value(fact)


@st.composite
def comparisons(draw, codes=(*FIRM_FACTS, *OTHER_FACTS, "in_list")):
    fact = catalogue()[draw(st.sampled_from(codes))]
    operator = draw(st.sampled_from(operators_for(fact)))
    return Test(fact.code, operator, draw(_threshold(fact, operator)))


def criteria(*, inside_any=False):
    when = st.just(()) if inside_any else st.lists(comparisons(), max_size=2).map(tuple)
    return st.builds(
        Criterion,
        st.uuids().map(lambda name: f"c{name.hex}"),
        comparisons(),
        when,
        st.sampled_from(Missing),
        st.none() | st.integers(1, 3_660),
    )


def groups(mode, depth):
    inner = criteria(inside_any=mode is Mode.ANY)
    if depth > 1:
        inner |= groups(Mode.ALL, depth - 1) | groups(Mode.ANY, depth - 1)
    return st.lists(inner, min_size=1, max_size=3).map(lambda nodes: Group(mode, tuple(nodes)))


def trees():
    return (groups(Mode.ALL, 3) | groups(Mode.ANY, 3)).map(Tree)


_leaves = (
    st.builds(Cap, st.integers(1, 10**9))
    | st.builds(Share, st.just("annual_revenue"), st.integers(1, 10**6))
    | st.builds(PerUnit, st.just("employees"), st.integers(1, 10**6))
)


def _tiers(inner):
    tests = st.lists(comparisons(), min_size=1, max_size=2).map(tuple)
    tier = st.builds(Tier, tests, inner)
    return st.builds(Tiers, st.lists(tier, min_size=1, max_size=3).map(tuple), st.none() | inner)


def _combined(inner):
    return st.builds(
        Combined, st.sampled_from(Combination), st.lists(inner, min_size=1, max_size=3).map(tuple)
    )


def amounts():
    one = _leaves | _tiers(_leaves) | _combined(_leaves)
    return (_leaves | _tiers(one) | _combined(one)).map(Amount)
