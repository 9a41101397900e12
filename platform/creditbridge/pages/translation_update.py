"""``python -m creditbridge.pages.translation_update``: bring the English catalogue up to date with the sources.

New texts are added empty, unused ones are dropped, nothing is guessed. What is still to be written is printed.
With a JSON file of ``{"中文": "English"}`` as argument, its texts are filled in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog

from creditbridge.pages import translation_sources as sources


def updated(used: Catalog, held: Catalog, given: dict[str, str]) -> Catalog:
    """The used texts with the English held or given for each."""
    fresh = Catalog(locale="en", project="CreditBridge", version="1", charset="utf-8", fuzzy=False)
    fresh.header_comment = "# The English texts of CreditBridge; the Chinese ones are the ids."
    fresh.creation_date = held.creation_date
    fresh.revision_date = held.creation_date
    fresh.msgid_bugs_address = fresh.last_translator = fresh.language_team = ""
    for message in used:
        if not message.id:
            continue
        known = held.get(message.id, message.context)
        text = given.get(sources.id_of(message)) or (known.string if known is not None else "")
        plural = isinstance(message.id, tuple)
        if plural and isinstance(text, str):
            text = (text, text) if text else ("", "")
        fresh.add(message.id, text, context=message.context)
    return fresh


def main(arguments: list[str]) -> int:
    given = json.loads(Path(arguments[0]).read_text("utf-8")) if arguments else {}
    fresh = updated(sources.used_messages(), sources.english(), given)
    sources.write(fresh)
    missing = [sources.id_of(one) for one in fresh if one.id and not all(sources.texts_of(one))]
    for text in missing:
        sys.stdout.write(f"{text}\n")
    sys.stderr.write(f"{len(fresh)} texts, {len(missing)} without English\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
