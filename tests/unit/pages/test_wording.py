"""The words of pages: Chinese as it is printed in Chinese, and every text in English too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditbridge.pages import translation_sources as sources
from creditbridge.pages.translation_check import faults

HALF_WIDTH = re.compile(
    r"[\u4e00-\u9fff”）][,;:?!]|[,;:?!][\u4e00-\u9fff“（]|[\u4e00-\u9fff][()]|[()][\u4e00-\u9fff]"
)
"""A comma, colon, semicolon, question mark or bracket of Latin text beside a Chinese character."""
YUAN_AND_WAN = re.compile(r"¥[\s\d,.]*[\u4e07\u4ebf]")
CRAMPED = re.compile(r"[\u4e00-\u9fff][0-9A-Za-z]|[0-9A-Za-z%][\u4e00-\u9fff]")
"""Chinese and Latin or digits without the thin space between them."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
QUOTED = re.compile(r"\{\"[^。]*\}")
"""A piece of JSON shown as an example is written as JSON is."""


def python_files() -> Iterator[Path]:
    for room in sources.ROOMS:
        for path in (sources.TOP / room).rglob("*.py"):
            if "demo" not in path.parts and "migrations" not in path.parts:
                yield path


def pairs() -> Iterator[tuple[str, str]]:
    """Where ``Words`` stand in the code, and their Chinese."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if name == "Words" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield f"{path.relative_to(sources.TOP)}:{node.lineno}", first.value


def page_texts() -> Iterator[tuple[str, str]]:
    for message in sources.used_messages():
        if message.id:
            yield str(message.locations[0][0]), sources.id_of(message)


@pytest.fixture(scope="module")
def chinese() -> list[tuple[str, str]]:
    """Every Chinese text a person can read, without its placeholders and examples of JSON."""
    found = [*page_texts(), *pairs()]
    assert len(found) > 2000
    return [(where, PLACEHOLDER.sub("", QUOTED.sub("", text))) for where, text in found]


def offenders(texts: list[tuple[str, str]], pattern: re.Pattern[str]) -> list[str]:
    return [f"{where}: {text}" for where, text in texts if pattern.search(text)]


def test_chinese_is_punctuated_full_width(chinese: list[tuple[str, str]]) -> None:
    assert offenders(chinese, HALF_WIDTH) == []


def test_amounts_in_wan_carry_no_yuan_sign(chinese: list[tuple[str, str]]) -> None:
    assert offenders(chinese, YUAN_AND_WAN) == []


def test_a_space_stands_between_chinese_and_digits_or_latin(chinese: list[tuple[str, str]]) -> None:
    assert offenders(chinese, CRAMPED) == []


def test_every_text_of_the_pages_is_there_in_english() -> None:
    assert list(faults(sources.used_messages(), sources.english())) == []


@pytest.mark.parametrize("text", ["名称,类型", "共 3 家:甲", "额度(万元)"])
def test_half_width_punctuation_is_found(text: str) -> None:
    assert HALF_WIDTH.search(text)


def test_a_yuan_sign_beside_wan_is_found() -> None:
    assert YUAN_AND_WAN.search("¥125 万元")
