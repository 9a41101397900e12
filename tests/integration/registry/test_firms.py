from __future__ import annotations

import pytest

from creditbridge.access.rules import Role
from creditbridge.kernel import uscc
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from creditbridge.registry import service
from creditbridge.registry.importing import import_firms

CODES = [uscc.synthetic(n) for n in range(1, 8)]


@pytest.fixture
def seven(session, file_of):
    rows = [
        (code, f"演示{sign}公司", "990101" if n % 2 else "990111")
        for n, (code, sign) in enumerate(zip(CODES, "甲乙丙丁戊己庚", strict=True))
    ]
    import_firms(session, None, file_of(*rows, header="uscc,name,region"), "a.csv")
    return session


def names(page) -> list[str]:
    return [firm.name for firm in page.firms]


def test_a_firm_is_found_by_its_code_however_it_is_typed(seven):
    assert service.find_firm_by_uscc(seven, f" {CODES[0][:9].lower()} {CODES[0][9:]}").name == "演示甲公司"


def test_an_unknown_code_finds_none(seven):
    assert service.find_firm_by_uscc(seven, uscc.synthetic(99)) is None


def test_a_firm_is_found_by_its_public_id_and_by_its_key(seven):
    found = service.find_firm_by_uscc(seven, CODES[2])
    assert service.firm(seven, found.public_id) is found
    assert service.firm_by_id(seven, found.id) is found


def test_an_unknown_firm_is_not_found(seven):
    with pytest.raises(NotFound):
        service.firm(seven, "0" * 20)
    with pytest.raises(NotFound):
        service.firm_by_id(seven, 10**9)


@pytest.mark.parametrize(
    ("text", "found"),
    [("丙", ["演示丙公司"]), (CODES[1], ["演示乙公司"]), ("没有", []), ("%", []), ("_", [])],
)
def test_firms_are_searched_by_part_of_the_name_or_the_whole_code(seven, text, found):
    assert names(service.search_firms(seven, text)) == found


def test_a_search_goes_on_from_its_cursor_to_the_end(seven):
    first = service.search_firms(seven, limit=4)
    second = service.search_firms(seven, "", first.next_cursor, limit=4)
    assert (len(first.firms), len(second.firms), second.next_cursor) == (4, 3, None)
    assert not set(names(first)) & set(names(second))


def test_a_cursor_that_is_none_is_refused(seven):
    with pytest.raises(InvalidInput):
        service.search_firms(seven, "", "nonsense")


def test_a_search_is_narrowed_by_region_and_status(seven):
    assert len(service.search_firms(seven, region="990111").firms) == 4
    assert len(service.search_firms(seven, region="99").firms) == 7
    assert names(service.search_firms(seven, status="active")) == []


def test_a_check_digit_is_accepted_with_a_reason_and_only_once(session, file_of, administrator, wrong_digit):
    import_firms(session, None, file_of((wrong_digit, "甲"), header="uscc,name"), "a.csv")
    found = service.find_firm_by_uscc(session, wrong_digit)
    with pytest.raises(InvalidInput):
        service.accept_check_digit(session, administrator, found.public_id, " ")
    service.accept_check_digit(session, administrator, found.public_id, "已核对执照")
    assert found.identity_status == "overridden"
    with pytest.raises(Conflict):
        service.accept_check_digit(session, administrator, found.public_id, "再来")


def test_only_an_administrator_accepts_a_check_digit(session, people):
    with pytest.raises(NotAllowed):
        service.accept_check_digit(session, people.member(Role.PLATFORM_AUDITOR), "x", "理由")


def test_imports_are_the_platforms_alone(session, people, file_of):
    stranger, auditor = people.member(Role.LENDER_VIEWER), people.member(Role.PLATFORM_AUDITOR)
    report = import_firms(session, None, file_of((CODES[0], "甲"), header="uscc,name"), "a.csv")
    with pytest.raises(NotFound):
        service.imports(session, stranger)
    with pytest.raises(NotFound):
        service.firm_import(session, stranger, report.import_id)
    assert service.firm_import(session, auditor, report.import_id).rows == 1


def test_imports_are_listed_newest_first_page_by_page(session, administrator, file_of):
    for name in ("a.csv", "b.csv", "c.csv"):
        import_firms(session, administrator, file_of((CODES[0], name), header="uscc,name"), name)
    first = service.imports(session, administrator, limit=2)
    second = service.imports(session, administrator, first.next_cursor, limit=2)
    assert [each.file_name for each in (*first.imports, *second.imports)] == ["c.csv", "b.csv", "a.csv"]
