"""Names of invented firms and people.

Every firm's name begins with the demo city or one of its towns, which exist nowhere: no real firm can have the name.
"""

from __future__ import annotations

from creditbridge.demo.dice import Dice

_FIRST = "锦云澄瑞恒嘉启星禾朗越沐清鸿景泰润晟卓铭诺博源盈昊璟宸霖煦屹"
_SECOND = "川禾程野澜舟岚屿峰桐林泽霖阳辰光原元航讯维腾达凡宁和彤枫谷岳"
_FAMILY = (
    "陈林周吴徐孙朱胡郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖"
)
_GIVEN = "安宁晓舟明远思齐子墨雨桐佳音知秋若水一鸣景行怀瑾清和书言致远望舒嘉树星河慕白予安闻笛听澜"


class Names:
    """Draws names; no two firms get the same one."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._taken: set[str] = set()

    def firm(self, place: str, trade: str, ending: str) -> str:
        """Such as 演示市锦川纺织有限公司."""
        while True:
            brand = self._dice.pick(_FIRST) + self._dice.pick(_SECOND)
            if self._dice.chance(0.2):
                brand += self._dice.pick(_SECOND)
            name = f"{place}{brand}{trade}{ending}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def person(self) -> str:
        start = self._dice.whole(0, len(_GIVEN) // 2 - 1) * 2
        return self._dice.pick(_FAMILY) + _GIVEN[start : start + 2]

    def phone(self) -> str:
        """A number of a block that is given to nobody (100 is no mobile prefix)."""
        return f"100{self._dice.whole(0, 99_999_999):08d}"
