"""Forms: what a person typed, what the schema made of it, and what to tell them.

A page's parameters are named after the schema: ``amount``, ``criteria-0-fact``. They are decoded by walking the
schema, so depth and number of rows are bounded by it and a parameter that is there twice is refused. Names that
begin with ``_`` and the CSRF token belong to the frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

from flask import request
from markupsafe import Markup
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import FileStorage, MultiDict

from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.ids import public_id
from creditbridge.kernel.money import FEN_PER_YUAN
from creditbridge.kernel.words import Words
from creditbridge.pages import messages
from creditbridge.pages.fields import Choice, Flag, ListOf, Secret, Unreadable
from creditbridge.pages.i18n import say

KEY_PARAMETER: Final = "_form_key"
ACTION_PARAMETER: Final = "_action"
FRAME_QUERY: Final = frozenset({"lang", "sort", "cursor"})
"""Query parameters that belong to the frame and to tables, not to a page's filters."""

_KEY = re.compile(r"[0-9a-hjkmnp-tv-z]{20}")
_ROW = re.compile(r"-([0-9]{1,4})-")
_TWICE = Words("此项出现了多次，请只保留一个。", "This was sent more than once. Send it once.")

Values = dict[str, str | list[str]]


def hidden_key(key: str | None = None) -> Markup:
    """The one-time key by which a form takes effect once; a new one for a form of a single button."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(KEY_PARAMETER, key or public_id())


class Form:
    """One form on one page. ``data`` are typed values to begin with, keyed as the schema answers them."""

    def __init__(self, schema: Schema | type[Schema], data: Mapping[str, Any] | None = None) -> None:
        self.schema = schema() if isinstance(schema, type) else schema
        self.data: dict[str, Any] = dict(data or {})
        self.values: Values = dict(_shown(self.schema, self.data, ""))
        self.errors: dict[str, list[Words]] = {}
        self.key = public_id()
        self.action = ""
        self.ids = "f-"
        self._typed: dict[str, Any] = {}
        self._labels: dict[str, str] = {}
        self._summarised = False

    @classmethod
    def from_request(cls, schema: Schema | type[Schema]) -> Self:
        """The form a person sent (``request.form``)."""
        form = cls.decode(schema, request.form)
        sent_key = request.form.get(KEY_PARAMETER, "")
        form.key = sent_key if _KEY.fullmatch(sent_key) else form.key
        form.action = request.form.get(ACTION_PARAMETER, "")
        return form

    @classmethod
    def from_query(cls, schema: Schema | type[Schema]) -> Self:
        """Filters from the address (``request.args``), without those of the frame and of tables."""
        pairs = [(name, value) for name, value in request.args.items(multi=True) if name not in FRAME_QUERY]
        return cls.decode(schema, MultiDict(pairs))

    @classmethod
    def decode(cls, schema: Schema | type[Schema], sent: MultiDict[str, str]) -> Self:
        form = cls(schema)
        reading = _Reading(sent)
        form._typed = reading.whole(form.schema)
        form.values = reading.values
        return form

    def validate(self) -> bool:
        """Check what was sent; fills ``data`` or ``errors``."""
        try:
            self.data = self.schema.load(self._typed)
        except ValidationError as error:
            for path, words in messages.by_path(error.messages).items():
                self.errors.setdefault(path, []).extend(words)
        return not self.errors

    def add_error(self, error: DomainError) -> None:
        """Take over what a use case says: beside the fields it names, else at the top."""
        if isinstance(error, InvalidInput) and error.fields:
            for path, words in error.fields.items():
                self.errors.setdefault(path, []).extend(words)
        else:
            self.errors.setdefault("", []).append(error.words)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form."""
        return 422 if self.errors else 200

    # What the macros ask.

    def value(self, name: str) -> str:
        held = self.values.get(name, "")
        return held if isinstance(held, str) else ",".join(held)

    def has(self, name: str, value: str) -> bool:
        """Whether this choice is taken."""
        held = self.values.get(name, "")
        return str(value) in held if isinstance(held, list) else str(value) == held

    def file(self, name: str) -> FileStorage | None:
        """An uploaded file, if one was chosen."""
        sent = request.files.get(name)
        return sent if sent is not None and sent.filename else None

    def rows(self, name: str, spare: int = 0) -> list[str]:
        """The prefixes of the rows of a list, ``criteria-0`` and so on, and of ``spare`` empty ones."""
        start = f"{name}-"
        held = {
            int(found[1])
            for key in self.values
            if key.startswith(start) and (found := _ROW.match(key[len(name) :]))
        }
        count = max(held, default=-1) + 1 + spare
        return [f"{start}{place}" for place in range(count)]

    def error_list(self, name: str) -> list[str]:
        return [say(words) for words in self.errors.get(name.replace("-", "."), [])]

    def apart(self, name: str) -> None:
        """Give the fields ids of their own, on a page with several forms that ask for the same."""
        self.ids = f"f-{name}-"

    def remember(self, name: str, label: object) -> None:
        """The field macro says that this field is on the page, and how it is called there."""
        self._labels[name] = say(label).rstrip("。.：:?？")

    def summary(self) -> list[tuple[str | None, str, str]]:
        """Every error as (anchor, label, text); no anchor where the field is not on the page."""
        found: list[tuple[str | None, str, str]] = []
        for path, several in self.errors.items():
            name = path.replace(".", "-")
            label = self._labels.get(name, "")
            # An error of a whole list belongs to its first row that is on the page.
            near = (
                name
                if label
                else next((shown for shown in self._labels if shown.startswith(f"{name}-")), None)
            )
            anchor = f"{self.ids}{near}" if path and near else None
            found += [(anchor, label, say(words)) for words in several]
        return found

    def summary_once(self) -> list[tuple[str | None, str, str]]:
        """The summary for the first macro that asks after the fields are known; nothing for any other."""
        if self._summarised or not self._labels:
            return []
        self._summarised = True
        return self.summary()

    def field(self, name: str) -> fields.Field[Any] | None:
        """The schema's field for a parameter, or None."""
        schema: Schema | None = self.schema
        found: fields.Field[Any] | None = None
        for part in name.split("-"):
            if part.isdigit():
                continue
            found = _by_key(schema, part) if schema is not None else None
            schema = found.schema if isinstance(found, fields.Nested) else None
        return found

    def required(self, name: str) -> bool:
        field = self.field(name)
        return field is not None and field.required

    def choices(self, name: str) -> list[tuple[str, Words]]:
        field = self.field(name)
        inner = field.inner if isinstance(field, ListOf) else field
        return inner.choices() if isinstance(inner, Choice) else []

    def unit(self, name: str) -> Words | None:
        return getattr(self.field(name), "unit_words", None)

    def yuan_per_unit(self, name: str) -> int:
        """What one of the unit beside an amount is in yuan."""
        return int(getattr(self.field(name), "fen_per_unit", FEN_PER_YUAN)) // FEN_PER_YUAN

    def hidden_key(self) -> Markup:
        return hidden_key(self.key)


def _by_key(schema: Schema, key: str) -> fields.Field[Any] | None:
    for name, field in schema.fields.items():
        if (field.data_key or name) == key:
            return field
    return None


class _Reading:
    """Decodes parameters along a schema; keeps them as typed, with rows counted from 0 without gaps."""

    def __init__(self, sent: MultiDict[str, str]) -> None:
        self.sent = sent
        self.values: Values = {}
        self.taken: set[str] = set()

    def whole(self, schema: Schema) -> dict[str, Any]:
        typed = self.part(schema, "", "")
        for name in self.sent:
            if name not in self.taken and not name.startswith("_") and name != "csrf_token":
                typed[name] = self.sent[name]
        return typed

    def part(self, schema: Schema, prefix: str, shown: str) -> dict[str, Any]:
        """Read one level. ``prefix`` is what was sent, ``shown`` the same with rows renumbered."""
        typed: dict[str, Any] = {}
        for name, field in schema.load_fields.items():
            key = field.data_key or name
            self._one(typed, key, field, prefix + key, shown + key)
        return typed

    def _one(self, typed: dict[str, Any], key: str, field: fields.Field[Any], sent: str, shown: str) -> None:
        if isinstance(field, fields.Nested):
            value: Any = self._rows(field, sent, shown) if field.many else self._nested(field, sent, shown)
        elif isinstance(field, fields.List):
            value = self._several(field, sent, shown)
        else:
            value = self._scalar(field, sent, shown)
        if value is not None:
            typed[key] = value

    def _nested(self, field: fields.Nested, sent: str, shown: str) -> dict[str, Any] | None:
        inner = self.part(field.schema, f"{sent}-", f"{shown}-")
        return inner if field.required or _filled(inner) else None

    def _rows(self, field: fields.Nested, sent: str, shown: str) -> list[dict[str, Any]] | None:
        places = {
            int(found[1])
            for name in self.sent
            if name.startswith(sent) and (found := _ROW.match(name[len(sent) :]))
        }
        rows: list[dict[str, Any]] = []
        for place in sorted(places)[: getattr(field, "max_rows", 50) + 1]:
            row = self.part(field.schema, f"{sent}-{place}-", f"{shown}-{len(rows)}-")
            if _filled(row):
                rows.append(row)
        for name in [key for key in self.values if key.startswith(f"{shown}-{len(rows)}-")]:
            del self.values[name]
        return rows or None

    def _several(self, field: fields.List[Any], sent: str, shown: str) -> list[Any] | None:
        self.taken.add(sent)
        texts = [text for text in self.sent.getlist(sent) if text.strip()]
        self.values[shown] = texts
        return [_typed(field.inner, text) for text in texts] or None

    def _scalar(self, field: fields.Field[Any], sent: str, shown: str) -> Any:
        self.taken.add(sent)
        texts = self.sent.getlist(sent)
        if len(texts) > 1:
            return Unreadable([_TWICE])
        text = texts[0] if texts else ""
        if isinstance(field, Secret):
            return text or None
        self.values[shown] = text
        if not text.strip():
            unticked = isinstance(field, Flag) and not field.required and not field.allow_none
            return False if unticked else None
        return _typed(field, text)


def _filled(row: Mapping[str, Any]) -> bool:
    return any(value is not False for value in row.values())


def _typed(field: fields.Field[Any], text: str) -> Any:
    read = getattr(field, "from_text", None)
    try:
        return read(text) if read is not None else text
    except ValidationError as error:
        return Unreadable(list(error.messages))


def _shown(schema: Schema, data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str | list[str]]]:
    """Typed values as parameters a person would send."""
    for name, field in schema.fields.items():
        value = data.get(field.attribute or name)
        key = prefix + (field.data_key or name)
        if value is None:
            continue
        if isinstance(field, fields.Nested):
            rows = value if field.many else [value]
            for place, row in enumerate(rows):
                yield from _shown(field.schema, row, f"{key}-{place}-" if field.many else f"{key}-")
        elif isinstance(field, fields.List):
            yield key, [_text(field.inner, item) for item in value]
        else:
            yield key, _text(field, value)


def _text(field: fields.Field[Any], value: Any) -> str:
    show = getattr(field, "to_text", None)
    return str(show(value)) if show is not None else str(value)
