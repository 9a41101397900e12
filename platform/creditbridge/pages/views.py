"""The frame's own routes: language, display switches, and the gallery of components."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, current_app, redirect, request
from werkzeug.wrappers import Response

from creditbridge.kernel.errors import InvalidInput, NotFound
from creditbridge.kernel.words import LOCALES, Words
from creditbridge.pages import gallery, i18n
from creditbridge.pages.assets import YEAR_SECONDS
from creditbridge.pages.display import SWITCHES, safe_return, switched_on
from creditbridge.pages.navigation import current_frame

PLATFORM: Final = "platform"

blueprint = Blueprint("pages", __name__, template_folder="templates")


def _back_with_cookie(name: str, value: str) -> Response:
    response = redirect(safe_return(request.form.get("next")), 303)
    response.set_cookie(
        name, value, max_age=YEAR_SECONDS, samesite="Lax", httponly=True,
        secure=bool(current_app.config.get("SECURE_COOKIES")),
    )  # fmt: skip
    return response


@blueprint.post("/language")
def language() -> Response:
    """Keep the chosen language in a cookie and go back to where the person was."""
    chosen = request.form.get("lang", "")
    if chosen not in LOCALES:
        raise InvalidInput({"lang": [Words("请选择中文或英文。", "Choose Chinese or English.")]})
    return _back_with_cookie(i18n.COOKIE, chosen)


@blueprint.post("/display")
def display() -> Response:
    """Turn large print or high contrast on or off."""
    switch = request.form.get("switch", "")
    if switch not in SWITCHES:
        raise InvalidInput({"switch": [Words("没有这个显示选项。", "There is no such display option.")]})
    return _back_with_cookie(switch, "0" if switched_on(switch) else "1")


@blueprint.route("/styleguide", methods=["GET", "POST"])
def styleguide() -> tuple[str, int] | str:
    """Every component once, for review by platform staff."""
    person = current_frame().person()
    if person is None or person.kind != PLATFORM:
        raise NotFound
    return gallery.show()
