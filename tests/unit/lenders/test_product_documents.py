"""A version's document, as the API takes it: what is read is what was written, for every real product."""

from __future__ import annotations

import json

import pytest

from creditbridge.kernel.errors import InvalidInput
from lenders.products.api_schemas import EXAMPLE_DRAFT, DraftBody
from lenders.products.documents import document_of, read_document
from lenders.products.rules import Draft
from lenders.products.seed.loader import RealProduct, real_products


def draft_of(real: RealProduct) -> Draft:
    return Draft(
        name_zh=real.name.zh,
        name_en=real.name.en,
        terms=real.terms,
        admission=real.admission,
        amount_formula=real.amount,
        applicant_kind=real.applicant_kind,
    )


@pytest.mark.parametrize("real", real_products(), ids=lambda real: real.reference)
def test_every_real_product_is_read_as_it_was_written(real: RealProduct) -> None:
    draft = draft_of(real)
    sent = json.loads(json.dumps(document_of(draft)))
    assert read_document(DraftBody().read(sent)) == draft


def test_what_is_left_out_is_left_open() -> None:
    body = DraftBody().read(
        {"name_zh": "某贷", "rate": {"kind": "unpublished"}, "admission": {"language": 1, "all": []}}
    )
    draft = read_document(body)
    assert (draft.terms.amount_max_fen, draft.terms.quota_fen, draft.terms.valid_to) == (None, None, None)
    assert document_of(draft)["contact"] == {}


def test_every_problem_is_told_at_once() -> None:
    body = DraftBody().read(
        {
            **EXAMPLE_DRAFT,
            "rate": {"kind": "fixed", "min_ppm": 1, "max_ppm": 2},
            "admission": {"language": 2, "all": []},
            "amount_formula": {},
        }
    )
    with pytest.raises(InvalidInput) as told:
        read_document(body)
    assert set(told.value.fields) == {"rate.max_ppm", "admission.language", "amount_formula"}
