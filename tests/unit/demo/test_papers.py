"""Invented papers are files the platform takes."""

from __future__ import annotations

from borrowers.documents import media
from creditbridge.demo.papers import paper


def test_a_paper_passes_the_check_of_uploads() -> None:
    upload = media.accept("licence.pdf", paper("licence"), field="file")
    assert upload.media_type == media.PDF


def test_the_same_title_gives_the_same_paper() -> None:
    assert paper("licence") == paper("licence") != paper("lease")


def test_a_paper_says_that_it_is_not_real() -> None:
    assert b"NOT REAL" in paper("a (title)")
