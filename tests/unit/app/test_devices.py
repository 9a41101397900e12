"""Devices by plain words."""

from __future__ import annotations

import pytest

from creditbridge.app.workspaces.account.devices import device_words
from creditbridge.kernel.words import Words

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"{IPHONE}Version/17.0 Mobile/15E148 Safari/604.1", Words("苹果手机，Safari", "iPhone, Safari")),
        (f"{IPHONE}Mobile/15E148 MicroMessenger/8.0.42", Words("苹果手机，微信", "iPhone, WeChat")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0",
            Words("Windows 电脑，Edge", "Windows, Edge"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36",
            Words("安卓，Chrome", "Android, Chrome"),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Firefox/120.0",
            Words("Linux 电脑，Firefox", "Linux, Firefox"),
        ),
    ],
)
def test_a_browser_and_a_system_are_named(agent: str, words: Words) -> None:
    assert device_words(agent) == words


def test_what_says_neither_is_shown_as_it_is_cut_short() -> None:
    assert device_words("python-requests/2.31") == "python-requests/2.31"
    assert device_words("x" * 200) == "x" * 40
    assert device_words("") == ""
