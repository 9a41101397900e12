"""Files as answers: named in both forms of RFC 6266, read as nothing but what they are, kept nowhere on the way."""

from __future__ import annotations

import io
from collections.abc import Sized

from flask import Response, send_file

from creditbridge.pages.i18n import gettext as _
from creditbridge.sheets.writing import Cell


def download(content: bytes, media_type: str, file_name: str) -> Response:
    """The file as an attachment, to be saved."""
    return file_answer(content, media_type, file_name, attached=True)


def limit_note(rows: Sized, most: int) -> list[list[Cell]]:
    """The last line of a file that took as many rows as it may: whoever adds them up has to know. None otherwise."""
    if len(rows) < most:
        return []
    return [
        [
            _(
                "已达到每个文件 %(n)s 行的上限，更多的内容没有导出；如有，请缩小范围，分几次导出。",
                n=f"{most:,}",
            )
        ]
    ]


def file_answer(content: bytes, media_type: str, file_name: str, *, attached: bool) -> Response:
    """The file, attached or to be shown by the browser; whoever lets it be shown sees to the page's policy."""
    response = send_file(
        io.BytesIO(content),
        mimetype=media_type,
        as_attachment=attached,
        download_name=file_name,
        conditional=False,
        etag=False,
        max_age=0,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
