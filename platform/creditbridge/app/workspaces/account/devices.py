"""What a device is called to whoever signed in with it. Pure."""

from __future__ import annotations

from typing import Final

from creditbridge.kernel.words import Words

_BROWSERS: Final = (
    ("MicroMessenger", Words("微信", "WeChat")),
    ("Edg", Words("Edge", "Edge")),
    ("OPR/", Words("Opera", "Opera")),
    ("Firefox/", Words("Firefox", "Firefox")),
    ("Chrome/", Words("Chrome", "Chrome")),
    ("Safari/", Words("Safari", "Safari")),
)
"""By a sign in what the browser says of itself; the more special first, since most also claim to be others."""
_SYSTEMS: Final = (
    ("iPhone", Words("苹果手机", "iPhone")),
    ("iPad", Words("苹果平板", "iPad")),
    ("HarmonyOS", Words("鸿蒙", "HarmonyOS")),
    ("Android", Words("安卓", "Android")),
    ("Windows", Words("Windows 电脑", "Windows")),
    ("Macintosh", Words("苹果电脑", "Mac")),
    ("Linux", Words("Linux 电脑", "Linux")),
)
_SIGNS_SHOWN: Final = 40


def device_words(agent: str) -> Words | str:
    """A browser and a system in plain words; of a program that says neither, the beginning of what it says."""
    browser = next((words for sign, words in _BROWSERS if sign in agent), None)
    system = next((words for sign, words in _SYSTEMS if sign in agent), None)
    known = [words for words in (system, browser) if words is not None]
    if not known:
        return agent[:_SIGNS_SHOWN]
    return Words("，".join(words.zh for words in known), ", ".join(words.en for words in known))
