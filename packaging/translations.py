"""The message catalogues: Chinese texts in code and templates are the message ids, ``en`` holds the English ones.

``compile`` makes the .mo files, ``update`` extracts the texts anew and merges them, ``check`` fails when a text has
no English, when a translation is doubtful, or when it names other placeholders than the text.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "platform/creditbridge/pages/translations/en/LC_MESSAGES/messages.po"
SOURCES = ("platform/creditbridge", "lenders", "borrowers", "matching")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
OPTIONS = {"**.html": {"silent": "false", "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols"}}
# gettext is called `_` and `_l` in views and templates; `say(Words)` needs no catalogue.
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
MAX_TOLD = 30


def extract() -> Catalog:
    """Every text in the sources, with where it stands."""
    found = Catalog(project="CreditBridge", charset="utf-8", fuzzy=False)
    for source in SOURCES:
        for name, line, message, comments, context in extract_from_dir(
            str(ROOT / source), METHODS, keywords=KEYWORDS, options_map=OPTIONS
        ):
            found.add(message, None, [(f"{source}/{name}", line)], auto_comments=comments, context=context)
    return found


def read() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale="en", project="CreditBridge", charset="utf-8", fuzzy=False)
    with CATALOGUE.open("rb") as stored:
        return read_po(stored, locale="en")


def compile_all() -> None:
    for source in (ROOT / "platform/creditbridge").rglob("*.po"):
        compiled = io.BytesIO()
        with source.open("rb") as stored:
            write_mo(compiled, read_po(stored))
        source.with_suffix(".mo").write_bytes(compiled.getvalue())


def update() -> None:
    """Merge new texts in without guessing; texts that are gone go."""
    merged = read()
    merged.update(extract(), no_fuzzy_matching=True)
    merged.obsolete.clear()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as stored:
        write_po(stored, merged, width=110, sort_output=True, omit_header=False, include_lineno=False)
    missing = [message for message in merged if message.id and not _texts(message.string)]
    print(f"{len(merged)} texts, {len(missing)} without English.")


def check() -> list[str]:
    """What is wrong, a line each."""
    known = read()
    wrong = []
    for message in extract():
        if not message.id:
            continue
        translated = known.get(message.id, message.context)
        where = ", ".join(name for name, _ in message.locations[:1])
        if translated is None or not _texts(translated.string):
            wrong.append(f"{where}: no English for {_first(message)!r}")
        elif translated.fuzzy:
            wrong.append(f"{where}: doubtful English for {_first(message)!r}")
        elif any(
            _placeholders(text) - _placeholders(*_texts(message.id)) for text in _texts(translated.string)
        ):
            wrong.append(f"{where}: other placeholders in the English of {_first(message)!r}")
    return wrong


def _texts(value: object) -> list[str]:
    texts = list(value) if isinstance(value, list | tuple) else [value]
    return [str(text) for text in texts] if all(texts) else []


def _first(message: Message) -> str:
    return _texts(message.id)[0]


def _placeholders(*texts: str) -> set[str]:
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def main(step: str) -> int:
    if step == "compile":
        compile_all()
    elif step == "update":
        update()
        compile_all()
    elif step == "check":
        wrong = check()
        for line in wrong[:MAX_TOLD]:
            print(line)
        if wrong:
            print(
                f"{len(wrong)} texts need an English translation: make translations, then edit {CATALOGUE.name}."
            )
        return 1 if wrong else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
