"""Products on the market that nobody had in mind: each is entered by the API as it is published, and reads in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from creditbridge.store.database import Database
from lenders.admission.sentence import outline
from lenders.admission.tree import Tree
from lenders.products import drafting
from lenders.products.api_schemas import EXAMPLE_DRAFT, DraftBody
from lenders.products.documents import document_of, read_document
from lenders.products.editing import warnings
from tests.scene import Scene

PRODUCTS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("market_products.json").read_text("utf-8")
)["products"]


@pytest.mark.parametrize("row", PRODUCTS, ids=[row["en"] for row in PRODUCTS])
def test_a_product_on_the_market_can_be_entered(
    row: dict[str, Any], scene: Scene, database: Database
) -> None:
    body = DraftBody().load(
        EXAMPLE_DRAFT
        | {
            "name_zh": row["zh"],
            "name_en": row["en"],
            "amount_max_fen": row["most_fen"],
            "admission": row["admission"],
        }
    )
    manager = scene.lender().manager
    with database.write() as session:
        made = drafting.create_product(session, manager, read_document(body))
        kept = document_of(drafting.draft_of(made))
    assert kept["admission"] == row["admission"]
    tree = Tree.from_json(kept["admission"])
    assert warnings(tree) == []
    for line in outline(tree):
        assert "{" not in line.words.zh + line.words.en
        assert not re.search(r"[一-鿿]", line.words.en)
        assert not re.search(r"[,;:()]", line.words.zh.replace("1,000", "").replace("2,000", ""))
