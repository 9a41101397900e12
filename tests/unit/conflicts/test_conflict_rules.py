from __future__ import annotations

import pytest

from creditbridge.kernel.errors import RuleRefused
from matching.conflicts.rules import DECLARABLE, Relation, check_may_lift, keep_away, refuse_conflict


def test_nothing_known_refuses_nobody() -> None:
    refuse_conflict(None)


@pytest.mark.parametrize("relation", list(Relation))
def test_every_relation_refuses_and_says_which(relation: Relation) -> None:
    with pytest.raises(RuleRefused) as refusal:
        refuse_conflict(relation)
    assert refusal.value.code == "conflict_of_interest"
    assert refusal.value.words == keep_away(relation)


def test_what_the_platform_finds_is_not_for_people_to_declare() -> None:
    assert set(Relation) - set(DECLARABLE) == {Relation.SAME_PERSON, Relation.CONTACT}


def test_lifting_is_for_somebody_without_an_interest() -> None:
    check_may_lift(own=False, conflicted=False)
    with pytest.raises(RuleRefused, match="own_work"):
        check_may_lift(own=True, conflicted=True)
    with pytest.raises(RuleRefused, match="conflict_of_interest"):
        check_may_lift(own=False, conflicted=True)
