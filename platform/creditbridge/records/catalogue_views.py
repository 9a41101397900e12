"""The catalogue of credit items, for those who run the platform."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.records import catalogue, showing
from creditbridge.records.catalogue import (
    FREQUENCY_WORDS,
    POLARITY_WORDS,
    PUBLICITY_WORDS,
    SEVERITY_WORDS,
    SHARING_WORDS,
    Polarity,
    Severity,
)

blueprint = Blueprint("credit_items", __name__, template_folder="templates")

_TONES = {Polarity.POSITIVE: "success", Polarity.NEUTRAL: "neutral", Polarity.ADVERSE: "danger"}


@blueprint.get("/platform/records/items")
def index() -> ResponseReturnValue:
    """Every credit item with what is agreed about it."""
    loaded = catalogue.loaded()
    asked = {name: request.args.get(name, "") for name in ("category", "polarity", "publicity", "department")}
    found = showing.chosen(loaded, text=request.args.get("q", ""), **asked)
    return render_template(
        "records/items.html",
        table=_table(found, loaded),
        total=len(loaded.items),
        found=len(found),
        categories=list(loaded.categories.items()),
        departments=list(loaded.departments.items()),
        polarities=[(one.value, words) for one, words in POLARITY_WORDS.items()],
        publicities=[(one.value, words) for one, words in PUBLICITY_WORDS.items()],
    )


def _table(found: list[catalogue.CreditItem], loaded: catalogue.Catalogue) -> Table:
    return Table(
        columns=[
            Column("name", _("信用信息项"), note=lambda item: item.code),
            Column("category", _("类别"), value=lambda item: loaded.categories[item.category]),
            Column("department", _("来源部门"), value=lambda item: loaded.departments[item.department]),
            Column(
                "polarity",
                _("性质"),
                kind="state",
                value=lambda item: POLARITY_WORDS[item.polarity],
                tone=lambda item: _TONES[item.polarity],
            ),
            Column(
                "severity",
                _("严重程度"),
                value=lambda item: None if item.severity is Severity.NONE else SEVERITY_WORDS[item.severity],
            ),
            Column("publicity", _("公开属性"), value=lambda item: PUBLICITY_WORDS[item.publicity]),
            Column("sharing", _("共享范围"), value=lambda item: SHARING_WORDS[item.sharing]),
            Column("retention", _("保存期限"), value=lambda item: item.retention.name),
            Column("frequency", _("更新频率"), value=lambda item: FREQUENCY_WORDS[item.frequency]),
            Column("value", _("数值"), value=lambda item: showing.value_words(item, loaded)),
            Column("valid_from", _("启用日期"), kind="day"),
        ],
        rows=found,
        caption=_("信用信息目录"),
        empty=Empty(_("没有符合条件的信用信息项"), _("可以换个条件再查。")),
    )
