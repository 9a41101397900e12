"""Every command the documentation tells somebody to type is one that is there, with its options and choices."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from creditbridge.app.cli import main

ROOT = Path(__file__).parents[3]
PAGES = [*sorted(ROOT.glob("README*.md")), ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("**/*.md"))]
COMMAND = re.compile(r"(?:^|`|bin/)creditbridge ([a-z][^`\n#]*)", re.MULTILINE)
TARGET = re.compile(r"(?:^|`)make ([a-z][a-z0-9-]*)", re.MULTILINE)


def _found(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    pairs = {
        (page.relative_to(ROOT).as_posix(), match[1].strip())
        for page in PAGES
        for match in pattern.finditer(page.read_text("utf-8"))
    }
    return sorted(pairs)


def _options(command: click.Command) -> dict[str, click.Parameter]:
    return {name: param for param in command.params for name in (*param.opts, *param.secondary_opts)}


def _named(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, and what is left of them."""
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        inner = command.get_command(click.Context(command), rest[0])
        assert inner is not None, f"there is no {' '.join(words)}"
        command, rest = inner, rest[1:]
    return command, rest


def _values(command: click.Command, rest: list[str]) -> Iterator[tuple[click.Parameter, str]]:
    """Each option that is given, with the value behind it where the documentation gives one."""
    options = _options(command)
    for place, word in enumerate(rest):
        if word.startswith("-"):
            assert word in options, f"{command.name} has no {word}"
            yield options[word], rest[place + 1] if place + 1 < len(rest) else ""


@pytest.mark.parametrize(("page", "typed"), _found(COMMAND))
def test_a_command_is_there_with_what_is_given_to_it(page: str, typed: str) -> None:
    words = shlex.split(typed.replace("[", "").replace("]", ""))
    command, rest = _named(words)
    for option, value in _values(command, rest):
        if isinstance(option.type, click.Choice):
            for one in value.split("|"):
                option.type.convert(one, option, None)


@pytest.mark.parametrize(("page", "target"), _found(TARGET))
def test_a_target_of_make_is_there(page: str, target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), page
