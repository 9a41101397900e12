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
PROBLEM_KIND_WORDS: Mapping[str, Words] = {
    "no_firm": Words("没有填写企业", "Firm not given"),
    "code_malformed": Words("企业代码有误", "Firm code is wrong"),
    "firm_unknown": Words("本市登记中没有该企业", "Firm not registered here"),
    "name_ambiguous": Words("多家企业同名", "Several firms of this name"),
    "no_kind": Words("无法判断信用信息项", "Fits no credit item"),
    "item_unknown": Words("目录中没有该信息项", "Unknown credit item"),
    "item_not_in_use": Words("信息项尚未启用或已停用", "Credit item not in use"),
    "date_missing": Words("缺少日期", "Date missing"),
    "date_wrong": Words("日期有误", "Date wrong"),
    "date_out_of_range": Words("日期超出范围", "Date out of range"),
    "ends_before": Words("终止日期早于发生日期", "Ends before it occurred"),
    "number_missing": Words("缺少数值", "Figure missing"),
    "number_wrong": Words("数值有误或单位不明", "Figure or unit wrong"),
    "number_out_of_range": Words("数值超出范围", "Figure out of range"),
    "grade_wrong": Words("等级有误", "Grade wrong"),
    "cells_wrong": Words("列数与表头不符", "Wrong number of cells"),
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
