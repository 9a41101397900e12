from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.ledger import rules
from matching.ledger.rules import (
    ACCOUNT_WORDS,
    COMMITMENTS,
    CONTRA,
    TRANSACTION_WORDS,
    AccountKind,
    Counted,
    Posting,
    TransactionKind,
    Unbalanced,
    check_balanced,
    moved,
    netted,
)

FREE = rules.line(1, AccountKind.LINE_AVAILABLE)
HELD = rules.line(1, AccountKind.LINE_HELD)
FUNDS = rules.lender(1, AccountKind.FUNDS)
accounts = st.builds(rules.line, st.integers(1, 3), st.sampled_from(sorted(COMMITMENTS)))


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), accounts, accounts), min_size=1))
def test_whatever_is_moved_balances(moves):
    postings = netted(posting for fen, source, target in moves for posting in moved(fen, source, target))
    assert sum(posting.fen for posting in postings) == 0
    assert len({posting.account for posting in postings}) == len(postings)
    if postings:
        check_balanced(postings)


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [Posting(FREE, -1)],
        [Posting(FREE, -1), Posting(HELD, 2)],
        [Posting(FREE, -1), Posting(FUNDS, 1)],
        [Posting(FREE, 0), Posting(HELD, 0)],
        [Posting(FREE, -1.5), Posting(HELD, 1.5)],
        [Posting(FREE, True), Posting(HELD, -1)],
        [Posting(FREE, -(10**17)), Posting(HELD, 10**17)],
    ],
)
def test_the_books_refuse_what_does_not_balance(postings):
    with pytest.raises(Unbalanced):
        check_balanced(postings)


def test_every_account_and_transaction_has_words_and_a_book():
    assert set(ACCOUNT_WORDS) == set(AccountKind)
    assert set(TRANSACTION_WORDS) == set(TransactionKind)
    assert set(AccountKind) > CONTRA
    assert set(AccountKind) > COMMITMENTS


def test_what_is_available_is_the_limit_less_used_and_held():
    assert Counted(100, 30, 20).available_fen == 50
