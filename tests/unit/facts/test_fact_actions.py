from datetime import date

from creditbridge.facts.actions import Action, ActionKind, Way, fact_actions, lay
from creditbridge.facts.catalogue import Subject, catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.kernel.words import Words

ON = date(2026, 11, 23)
W = Words("做", "Do")
NEVER = {
    "registered_region", "industry", "established_on", "operating_since", "registration_status", "entity_kind",
    "independent_legal_person", "firm_size", "legal_rep_age", "owner_age", "labels", "first_time_borrower",
    "worst_loan_class_5y", "serious_accident_3y", "net_profit",
}  # fmt: skip


def test_every_actionable_fact_says_what_to_do_or_why_there_is_nothing():
    wanted = {
        fact.code
        for fact in catalogue().values()
        if fact.actionable and fact.subject in (Subject.FIRM, Subject.FIRM_LIST)
    }
    assert wanted <= fact_actions().keys()
    for code, action in fact_actions().items():
        assert code in catalogue()
        if action.way is Way.NONE:
            assert action.why_not is not None
        else:
            assert action.words.zh
            assert action.how.en


def test_what_nobody_can_or_should_change_has_no_action():
    moved = {code for code, action in fact_actions().items() if action.way is not Way.NONE}
    assert moved.isdisjoint(NEVER)
    for code in moved:
        waits = fact_actions()[code].way is Way.WINDOW
        assert catalogue()[code].actionable or waits, code


def test_actions_are_laid_over_what_is_known_and_nothing_else_changes():
    known = FirmFacts(
        1,
        {
            "employees": FactValue(8, FactSource.TAX, date(2026, 1, 1)),
            "tech_certifications": FactValue(frozenset({"tech_sme"}), FactSource.TAX, date(2026, 1, 1)),
            "owns_ip": FactValue(False, FactSource.TAX, date(2026, 1, 1)),
        },
    )
    hire = Action("a", "employees", ActionKind.GAIN, W, W, ON, values={"employees": 12})
    gain = Action(
        "b", "t", ActionKind.CERTIFY, W, W, ON, adds={"tech_certifications": frozenset({"srdi_sme"})}
    )
    join = Action("c", "l", ActionKind.APPLY, W, W, ON, lists={"cultivation_pool": True})
    then = lay(known, (hire, gain, join), ON)
    assert then.values["employees"].value == 12
    assert then.values["employees"].as_of == ON
    assert then.values["tech_certifications"].value == {"tech_sme", "srdi_sme"}
    assert then.values["owns_ip"] == known.values["owns_ip"]
    assert then.lists["cultivation_pool"].member
    assert lay(known, (), ON) is known
