"""From marshmallow's error tree to bilingual messages by field path.

Our own fields and checks answer :class:`Words` already. What marshmallow itself, or webargs, says in English
is looked up here, so that nobody ever reads an untranslated message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marshmallow.exceptions import SCHEMA

from creditbridge.kernel.words import Words

REQUIRED: Final = Words("请填写此项。", "Fill this in.")
UNKNOWN: Final = Words("没有这个字段，请删去。", "There is no such field. Remove it.")
TYPE: Final = Words("内容的格式不对，应为一组字段。", "This should be an object with fields.")
LIST: Final = Words("内容的格式不对，应为列表。", "This should be a list.")
TEXT: Final = Words("请填写文字。", "Enter text.")
WRONG: Final = Words("内容无效，请检查后重新填写。", "This is not valid. Check it and enter it again.")

_STOCK: Final = {
    "Missing data for required field.": REQUIRED,
    "Field may not be null.": REQUIRED,
    "Unknown field.": UNKNOWN,
    "Invalid input type.": TYPE,
    "Invalid type.": TYPE,
    "Not a valid list.": LIST,
    "Not a valid mapping type.": TYPE,
    "Not a valid string.": TEXT,
    "Not a valid integer.": Words("请填写整数。", "Enter a whole number."),
    "Not a valid number.": Words("请填写数字。", "Enter a number."),
    "Not a valid boolean.": Words("请填写 true 或 false。", "Enter true or false."),
    "Not a valid date.": Words("请按 2026-11-23 的格式填写日期。", "Enter the date like 2026-11-23."),
    "Invalid JSON body.": Words("请求内容不是有效的 JSON。", "The body is not valid JSON."),
}
"""The stock sentences of marshmallow and webargs, in both languages."""


def words_of(message: object) -> Words:
    """One message as Words; a sentence nobody wrote for people becomes a general one."""
    if isinstance(message, Words):
        return message
    return _STOCK.get(str(message), WRONG)


def by_path(messages: object) -> dict[str, list[Words]]:
    """Flatten marshmallow's nested messages into ``{"terms.amount_max": [Words]}``; ``""`` is the whole form."""
    found: dict[str, list[Words]] = {}
    for path, message in _leaves(messages, ()):
        found.setdefault(path, []).append(message)
    return found


def _leaves(messages: object, path: tuple[str, ...]) -> Iterator[tuple[str, Words]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _leaves(inner, path if key == SCHEMA else (*path, str(key)))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _leaves(inner, path)
    else:
        yield ".".join(path), words_of(messages)


def unwrap_location(messages: Any) -> Any:
    """Take off the location (``json``, ``query``, ``form``, ``files``) that webargs puts around its messages."""
    if isinstance(messages, Mapping) and len(messages) == 1:
        (location, inner), *_ = messages.items()
        if location in {"json", "query", "form", "files", "headers", "path", "json_or_form"}:
            return inner
    return messages
