"""A batch as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creditbridge.kernel.words import Words
from creditbridge.pages.filters import percent
from creditbridge.pages.i18n import say
from creditbridge.records.batches import BatchState
from creditbridge.records.feeds import feeds

STATE_TONES: Mapping[BatchState, str] = {
    BatchState.TAKING: "info",
    BatchState.TAKEN: "success",
    BatchState.FAILED: "danger",
    BatchState.INTERRUPTED: "warning",
}
FIGURE_WORDS: Mapping[str, Words] = {
    "rows": Words("行数", "Rows"),
    "accepted": Words("已接收的行", "Rows taken"),
    "duplicate": Words("重复的行", "Duplicate rows"),
    "quarantined": Words("问题数据", "Rows to be mended"),
    "records": Words("信用记录", "Records"),
    "replaced": Words("更新的记录", "Records replaced"),
    "firms": Words("涉及企业", "Firms"),
    "late": Words("迟到的记录", "Late records"),
    "unknown_firm": Words("企业无法识别", "Unknown firm"),
    "out_of_range": Words("超出范围", "Out of range"),
    "incomplete": Words("不完整", "Incomplete"),
}


def figures_of(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    """The figures of a report, as the page's key figures."""
    shown = [
        {"label": say(words), "value": f"{figures.get(name, 0):,}"} for name, words in FIGURE_WORDS.items()
    ]
    complete = figures.get("completeness_ppm")
    if complete is not None:
        shown.append({"label": say(Words("完整率", "Complete cells")), "value": percent(complete)})
    return shown


def feed_of(code: str) -> str:
    """A feed's name; that of an installation's own is its code."""
    found = feeds().get(code)
    return say(found.name) if found else code


def problem_of(quality: Mapping[str, Any]) -> Words | None:
    """Why a batch was not taken."""
    problem = quality.get("problem")
    return Words.from_json(problem) if problem else None
