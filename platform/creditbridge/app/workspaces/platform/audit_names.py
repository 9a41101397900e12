"""What the tables and columns of the audit trail are called: ``data/audit_names.json``.

A column has its name by its own name, whatever table it stands in; the first come first on a page. A test holds the
file to every table that is traced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Final

from creditbridge.kernel.words import Words

_READ: Final = json.loads(
    resources.files("creditbridge.app.workspaces.platform")
    .joinpath("data/audit_names.json")
    .read_text("utf-8")
)
TABLES: Final[Mapping[str, Words]] = {code: Words.from_json(words) for code, words in _READ["tables"].items()}
FIELDS: Final[Mapping[str, Words]] = {code: Words.from_json(words) for code, words in _READ["fields"].items()}
