"""``python -m creditbridge.pages.translation_check``: is every text of the pages there in English?

Fails with one line for each text that is missing, empty, fuzzy or no longer used, whose placeholders differ, or
whose English still holds Chinese.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

from creditbridge.pages import translation_sources as sources

_PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%%")
_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def faults(used: Catalog, held: Catalog) -> Iterator[str]:
    """One line per fault."""
    for message in used:
        if message.id:
            for fault in _faults_of(message, held.get(message.id, message.context)):
                yield f"{fault}: {sources.id_of(message)} ({_where(message)})"
    for message in held:
        if message.id and used.get(message.id, message.context) is None:
            yield f"no longer used: {sources.id_of(message)}"
    for message in held.obsolete.values():
        yield f"obsolete: {sources.id_of(message)}"


def _faults_of(message: Message, english: Message | None) -> Iterator[str]:
    if english is None:
        yield "missing"
        return
    texts = sources.texts_of(english)
    if not texts or not all(texts):
        yield "empty"
        return
    if english.fuzzy:
        yield "fuzzy"
    wanted = set(_PLACEHOLDER.findall(sources.id_of(message)))
    if any(set(_PLACEHOLDER.findall(text)) != wanted for text in texts):
        yield "placeholders differ"
    if any(_CHINESE.search(text) for text in texts) and sources.id_of(message) not in MAY_HOLD_CHINESE:
        yield "Chinese left in the English"


MAY_HOLD_CHINESE: frozenset[str] = frozenset(
    {'JSON 格式，例如 {"columns": {"代码": "uscc", "字号": "name"}, "capital_unit": "万元"}。'}
)
"""Texts that name a Chinese word on purpose: the unit in a column map is written as files write it."""


def _where(message: Message) -> str:
    return ", ".join(f"{name}:{line}" for name, line in message.locations[:2])


def main() -> int:
    found = sorted(faults(sources.used_messages(), sources.english()))
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stderr.write(f"{len(found)} faults\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
