"""Combinations of labels with facts: counted while one types, listed, and taken as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.labels import combining, counting, exporting, facets, service, showing
from creditbridge.labels.catalogue import Category, labels, vocabulary
from creditbridge.labels.combining import Asked
from creditbridge.labels.exporting import FirmColumns
from creditbridge.labels.index import Combination
from creditbridge.labels.rules import Viewer
from creditbridge.pages.downloads import download
from creditbridge.pages.filters import moment
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.sheets.long_tables import Coded, Columns, Listed, write_long_xlsx
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
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
    fits = total <= exporting.MOST_EXPORTED
    export_url = url_for("label_combinations.export", **asked.query()) if found and fits else None
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
        most_exported=None if fits else exporting.MOST_EXPORTED,
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
    session, actor = unit.session(), current_actor()
    index = counting.current(session).index
    asked = _asked(combining.offered(index.places))
    wanted = asked.combination()
    with unit.database().write() as writing:
        exporting.allow(writing, actor, wanted, index.count(wanted))
    header = [
        _("企业名称"),
        _("统一社会信用代码"),
        *(say(facet.name) for facet in facets.FACETS.values()),
        _("标签"),
    ]
    parts = _parts(exporting.columns(session, index, wanted))
    content = write_long_xlsx(header, parts, _foot(asked, actor.name), _("标签组合"))
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


def _parts(found: Iterable[FirmColumns]) -> Iterator[Columns]:
    """The columns in words, each of which is said once, not for each firm."""
    label_names = {label.code: say(label.name) for label in labels().values()}
    for part in found:
        yield [
            part.names,
            part.codes,
            *(
                Coded(
                    [say(facets.FACETS[code].say(value)) if value else "" for value in held.values],
                    held.places,
                )
                for code, held in part.facets.items()
            ),
            Listed([label_names[code] for code in part.labels.codes], part.labels.places, part.labels.bounds),
        ]


def _foot(asked: Asked, officer: str) -> list[list[str]]:
    """Under the table: the conditions, and who took the file when."""
    lines: list[list[str]] = [[]]
    lines += [[say(name), "、".join(say(words) for words in chosen)] for name, chosen in asked.say()]
    lines.append([_("导出人"), officer, _("导出时间"), moment(clock.now())])
    return lines
