"""What must hold of every page, whoever reads it, in whatever language and at whatever width."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.0, 2.1 and 2.2, levels A and AA.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "resultTypes": ["violations"],
}
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff01-\uff60]")
"""Chinese characters and full-width punctuation."""

OPEN_EVERYTHING = "document.querySelectorAll('details').forEach((one) => { one.open = true })"
CLOSE_MENUS = "document.querySelectorAll('details[data-menu]').forEach((one) => { one.open = false })"
SHAPE = """() => ({
  lang: document.documentElement.lang,
  headings: document.querySelectorAll('h1').length,
  title: document.title,
  width: document.scrollingElement.scrollWidth,
  inner: document.documentElement.clientWidth,
  ids: [...document.querySelectorAll('[id]')].map((one) => one.id)
    .filter((id, at, all) => all.indexOf(id) !== at),
  wide: [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter((one) => !one.closest('.table-scroll, .visually-hidden'))
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 120)),
})"""
# What a page is made of, without its words and however often: every different element with the three around it.
MAKE = """() => {
  const named = (one) => one ? one.tagName + '.' + (one.getAttribute('class') ?? '') : '';
  const made = new Set();
  for (const one of document.querySelectorAll('body *')) {
    const inner = one.childElementCount ? '' : Boolean(one.textContent.trim());
    const around = [1, 2, 3].reduce((all) => [...all, all.at(-1)?.parentElement], [one]).slice(1).map(named);
    made.add(named(one) + [...one.attributes].map((each) => each.name).join() + inner + '<' + around.join('<'));
  }
  return [...made];
}"""
# Texts a reader of English meets: what is shown and what is said to a screen reader, but for what is marked as Chinese.
TEXTS = """() => {
  const texts = [];
  const chinese = (one) => one.closest('[lang^="zh"]') && one.closest('[lang]').lang.startsWith('zh');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent || parent.closest('script, style, template, textarea') || chinese(parent)) continue;
    texts.push(walker.currentNode.nodeValue);
  }
  for (const one of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]')) {
    if (chinese(one)) continue;
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) {
      if (one.hasAttribute(name)) texts.push(one.getAttribute(name));
    }
  }
  texts.push(document.title);
  return texts.map((text) => text.trim()).filter((text) => /[\\u3000-\\u303f\\u3400-\\u9fff\\uff01-\\uff60]/.test(text));
}"""


def shape_problems(page: Page, locale: str) -> list[str]:
    """Language, headings, doubled ids, sideways scrolling."""
    found: dict[str, Any] = page.evaluate(SHAPE)
    problems = []
    expected = {"zh": "zh-CN", "en": "en"}[locale]
    if found["lang"] != expected:
        problems.append(f"html lang is {found['lang']!r}, not {expected!r}")
    if found["headings"] != 1:
        problems.append(f"{found['headings']} first-level headings")
    if not found["title"].split(" · ")[0].strip():
        problems.append("no title")
    if found["ids"]:
        problems.append(f"ids used twice: {sorted(set(found['ids']))[:5]}")
    if found["width"] > found["inner"]:
        problems.append(f"scrolls sideways: {found['width']} in {found['inner']}, by {found['wide']}")
    return problems


def chinese_left(page: Page, names: list[str]) -> list[str]:
    """Chinese on an English page that is no name or text somebody gave; ``names`` with the longest first."""
    left = []
    for text in page.evaluate(TEXTS):
        rest = text
        for name in names:
            rest = rest.replace(name, "")
        if CHINESE.search(rest):
            left.append(text)
    return [f"not in English: {text[:80]!r}" for text in dict.fromkeys(left)]


def barriers(page: Page, axe: Axe, known: set[int]) -> list[str]:
    """What axe finds with everything opened; a page made of nothing but ``known`` parts is passed over."""
    page.evaluate(OPEN_EVERYTHING)
    page.evaluate(CLOSE_MENUS)
    width = page.viewport_size["width"]  # type: ignore[index]
    parts = {hash((width, part)) for part in page.evaluate(MAKE)}
    if parts <= known:
        return []
    known |= parts
    found = axe.run(page, options=RULES)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {_why(node)}"
        for rule in found.response["violations"]
        for node in rule["nodes"][:3]
    ]


def _why(node: dict[str, Any]) -> str:
    return "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])[:160]
