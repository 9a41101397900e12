"""What the pages of the books take in."""

from __future__ import annotations

from creditbridge.pages.fields import Amount, Rate, Text
from creditbridge.pages.schemas import Schema


class PoolSchema(Schema):
    name = Text(max=80, required=True)
    name_en = Text(max=80, load_default="")
    sponsor = Text(max=120, load_default="")
    share_ppm = Rate(min=1, required=True)
    amount_fen = Amount(min=1, required=True)


class FundSchema(Schema):
    amount_fen = Amount(min=1, required=True)
