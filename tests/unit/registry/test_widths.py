from __future__ import annotations

from creditbridge.registry.widths import half_width


def test_full_width_signs_become_half_width():
    assert half_width("　Ａ１（￥５００）\u00a0") == "A1(¥500)"


def test_other_signs_stay():
    assert half_width("10²万㈱") == "10²万㈱"
