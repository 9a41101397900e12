"""What label pages show: the catalogue as a table, a firm's labels with their evidence in words, choices of filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from flask import url_for

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.labels import counting, facets
from creditbridge.labels.catalogue import Category, Label, Nature, labels, vocabulary
from creditbridge.labels.rules import ENDING_WORDS, SMALLEST_SHOWN, Viewer, may_see
from creditbridge.labels.saying import say_evidence
from creditbridge.labels.service import FirmOfLabel, LabelsOfFirm
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table

if TYPE_CHECKING:
    from creditbridge.registry.model import Firm

NATURE_TONES = {Nature.PUBLIC: "success", Nature.AUTHORISED: "info", Nature.INTERNAL: "neutral"}
CATEGORY_TONES = {Category.RISK: "warning", Category.TRUST: "success"}
FEWER = Words("少于 5", "Fewer than 5")


@dataclass(frozen=True, slots=True)
class ShownLabel:
    """One label of a firm in words."""

    label: Label
    since: str
    evidence: Sequence[Words]


@dataclass(frozen=True, slots=True)
class ShownCategory:
    name: Words
    note: Words
    tone: str
    labels: Sequence[ShownLabel]


def chosen(viewer: Viewer, *, text: str, category: str, nature: str, state: str) -> list[Label]:
    """The labels that fit what was asked, as far as the viewer may know them; what is no choice asks nothing."""
    wanted, today = text.strip().lower(), clock.today()
    asked_category, asked_nature = _known(category, Category), _known(nature, Nature)
    return [
        label
        for label in labels().values()
        if may_see(viewer, label)
        and (
            not wanted or wanted in f"{label.name.zh} {label.name.en} {label.conduct.zh} {label.code}".lower()
        )
        and (not asked_category or label.category == asked_category)
        and (not asked_nature or label.nature == asked_nature)
        and (label.is_retired(today) if state == "retired" else label.is_effective(today) or state == "all")
    ]


def _known(asked: str, known: type[StrEnum]) -> str:
    return asked if asked in {one.value for one in known} else ""


def catalogue_table(found: Sequence[Label], counted: counting.Counted) -> Table:
    """The catalogue for the platform, with how many firms carry each label."""
    words, counts = vocabulary(), counted.index.counts([label.code for label in found])
    return Table(
        columns=[
            Column(
                "name",
                _("标签"),
                href=lambda label: url_for("labels.label", code=label.code),
                note=lambda label: label.code,
            ),
            Column("category", _("类别"), value=lambda label: words.categories[label.category]),
            Column(
                "nature",
                _("公开性质"),
                kind="state",
                value=lambda label: words.natures[label.nature],
                tone=lambda label: NATURE_TONES[label.nature],
            ),
            Column("conduct", _("行为描述")),
            Column("source", _("来源"), value=lambda label: words.sources[label.source]),
            Column("update", _("更新频率"), value=lambda label: words.updates[label.update]),
            Column("firms", _("企业数"), kind="number", value=lambda label: counts[label.code]),
        ],
        rows=found,
        caption=_("信用标签目录"),
        empty=Empty(_("没有符合条件的标签"), _("可以换个条件再查。")),
    )


def public_table(found: Sequence[Label], counted: counting.Counted) -> Table:
    """The public labels for anyone; a small number of firms is not told."""
    words, counts = vocabulary(), counted.index.counts([label.code for label in found])
    return Table(
        columns=[
            Column("name", _("标签")),
            Column("category", _("类别"), value=lambda label: words.categories[label.category]),
            Column("conduct", _("行为描述")),
            Column("source", _("来源"), value=lambda label: words.sources[label.source]),
            Column("publicity", _("公示方式"), value=lambda label: words.publicity[label.publicity]),
            Column("update", _("更新频率"), value=lambda label: words.updates[label.update]),
            Column("firms", _("企业数"), value=lambda label: protected(counts[label.code])),
        ],
        rows=found,
        caption=_("公示的信用标签"),
        empty=Empty(_("没有符合条件的标签"), _("可以换个条件再查。")),
    )


def protected(count: int) -> Words | str:
    """A number of firms as anyone may read it."""
    return FEWER if 0 < count < SMALLEST_SHOWN else f"{count:,}"


def firms_table(found: Sequence[FirmOfLabel], total: int, *, viewer: Viewer, export_url: str | None) -> Table:
    """Firms of a label or a combination, leading to their labels."""
    known = labels()

    def carried(row: FirmOfLabel) -> int:
        return sum(code in known and may_see(viewer, known[code]) for code in row.codes)

    return Table(
        columns=[
            Column(
                "name",
                _("企业名称"),
                value=lambda row: row.firm.name,
                href=lambda row: url_for("labels.firm", public_id=row.firm.public_id),
                note=lambda row: row.firm.uscc or row.firm.old_number,
            ),
            *(
                Column(facet.code, say(facet.name), value=_facet_of(facet))
                for facet in facets.FACETS.values()
                if facet.code != "section"
            ),
            Column("labels", _("标签数"), kind="number", value=carried),
        ],
        rows=found,
        caption=_("企业共 %(total)s 家，显示前 %(shown)s 家", total=total, shown=len(found)),
        hide_caption=False,
        empty=Empty(_("没有企业符合"), _("可以减少条件再试。")),
        export_url=export_url,
    )


def _facet_of(facet: facets.Facet) -> Callable[[FirmOfLabel], Words | None]:
    return lambda row: facet_words(facet, row.facets)


def facet_words(facet: facets.Facet, held: Mapping[str, str]) -> Words | None:
    value = held.get(facet.code)
    return facet.say(value) if value is not None else None


def shown_categories(found: LabelsOfFirm) -> list[ShownCategory]:
    """A firm's labels by category, each with its evidence in words."""
    words, today = vocabulary(), clock.today()
    return [
        ShownCategory(
            words.categories[category],
            words.category_notes[category],
            CATEGORY_TONES.get(category, "neutral"),
            [
                ShownLabel(
                    given.label,
                    given.since.isoformat(),
                    [say_evidence(piece, today) for piece in given.evidence],
                )
                for given in several
            ],
        )
        for category, several in found.by_category.items()
        if several
    ]


def firm_page(firm: Firm, found: LabelsOfFirm, viewer: Viewer) -> dict[str, object]:
    """What the template of a firm's labels needs."""
    words = vocabulary()
    return {
        "firm": firm,
        "found": found,
        "categories": shown_categories(found),
        "former": found.former,
        "ending_words": ENDING_WORDS,
        "natures": words.natures,
        "nature_tones": NATURE_TONES,
        "viewer": viewer,
    }


def category_choices() -> list[tuple[str, Words]]:
    return list(vocabulary().categories.items())


def nature_choices() -> list[tuple[str, Words]]:
    return list(vocabulary().natures.items())
