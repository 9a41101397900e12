from __future__ import annotations

import pytest

from borrowers.documents.rules import KIND_WORDS, DocumentKind, kind_words


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_kind_of_document_has_a_name_of_its_own(kind: DocumentKind):
    assert kind_words(kind.value) == KIND_WORDS[kind]
    assert [words.zh for words in KIND_WORDS.values()].count(KIND_WORDS[kind].zh) == 1


def test_a_products_own_code_is_said_as_a_material():
    assert kind_words("order_contract_2026").zh == "申请材料"
