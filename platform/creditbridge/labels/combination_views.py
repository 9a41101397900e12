"""Combinations of labels with facts: counted while one types, listed, and taken as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.labels import combining, counting, facets, service, showing
from creditbridge.labels.catalogue import Category, labels, vocabulary
from creditbridge.labels.combining import Asked
from creditbridge.labels.index import Combination
from creditbridge.labels.rules import Viewer
from creditbridge.labels.service import FirmOfLabel
from creditbridge.pages.downloads import download
from creditbridge.pages.filters import moment
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES, Cell, write_xlsx
from creditbridge.store import unit

blueprint = Blueprint("label_combinations", __name__, template_folder="templates")


@blueprint.get("/platform/labels/combinations")
def index() -> ResponseReturnValue:
    """Choose labels and facts, see how many firms fit, and the first of them."""
    session = unit.session()
    counted = counting.current(session)
    offered = combining.offered(counted.index.places)
    asked = _asked(offered)
    wanted = asked.combination()
    total = counted.index.count(wanted)
    found = [] if asked.is_empty else service.firms_of(session, wanted)
    export_url = url_for("label_combinations.export", **asked.query()) if found else None
    return render_template(
        "labels/combinations.html",
        asked=asked,
        parts=combining.PART_WORDS,
        groups=_label_groups(counted),
        facets=[
            (facet, [(value, facet.say(value)) for value in offered[code]])
            for code, facet in facets.FACETS.items()
        ],
        counted=counted,
        total=total,
        firms=counted.index.count(Combination()),
        chosen={name: set(values) for name, values in asked.query().items()},
        table=showing.firms_table(found, total, viewer=Viewer.PLATFORM, export_url=export_url),
    )


@blueprint.get("/platform/labels/combinations/count")
def count() -> ResponseReturnValue:
    """How many firms fit, for the page's script."""
    counted = counting.current(unit.session())
    asked = _asked(combining.offered(counted.index.places))
    total = counted.index.count(asked.combination())
    return jsonify({"firms": total, "of": counted.index.count(Combination())})


@blueprint.get("/platform/labels/combinations.xlsx")
def export() -> ResponseReturnValue:
    """The firms of a combination as a file that says what was asked, by whom and when."""
    actor = current_actor()
    counted = counting.current(unit.session())
    asked = _asked(combining.offered(counted.index.places))
    with unit.database().write() as session:
        found = service.export(session, actor, asked.combination())
        rows = [_line(row) for row in found]
    header = [
        _("企业名称"),
        _("统一社会信用代码"),
        *(say(facet.name) for facet in facets.FACETS.values()),
        _("标签"),
    ]
    content = write_xlsx(header, [*rows, *_foot(asked, actor.name)], _("标签组合"))
    return download(content, MEDIA_TYPES[Format.XLSX], f"labels-{clock.today().isoformat()}.xlsx")


def _asked(offered: dict[str, list[str]]) -> Asked:
    names = (*combining.PARTS, *facets.FACETS)
    return combining.asked({name: request.args.getlist(name) for name in names}, offered)


def _label_groups(counted: counting.Counted) -> list[tuple[Words, list[tuple[str, Words, int]]]]:
    """The labels that are given today, by category, with how many firms carry each."""
    today, names = clock.today(), vocabulary().categories
    given = [label for label in labels().values() if label.is_effective(today)]
    counts = counted.index.counts([label.code for label in given])
    return [
        (
            names[category],
            [(label.code, label.name, counts[label.code]) for label in given if label.category is category],
        )
        for category in Category
    ]


def _line(row: FirmOfLabel) -> list[Cell]:
    known = labels()
    said = [
        "" if (words := showing.facet_words(facet, row.facets)) is None else say(words)
        for facet in facets.FACETS.values()
    ]
    names = "、".join(say(known[code].name) for code in row.codes if code in known)
    return [row.firm.name, row.firm.uscc or row.firm.old_number, *said, names]


def _foot(asked: Asked, officer: str) -> list[list[Any]]:
    """Under the table: the conditions, and who took the file when."""
    lines: list[list[Any]] = [[]]
    lines += [[say(name), "、".join(say(words) for words in chosen)] for name, chosen in asked.say()]
    lines.append([_("导出人"), officer, _("导出时间"), moment(clock.now())])
    return lines
