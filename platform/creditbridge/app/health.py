"""Whether this process lives (healthz) and can serve (readyz)."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from creditbridge.app import readiness
from creditbridge.store import unit

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    problems = readiness.problems(unit.session())
    return jsonify(
        status="ready" if not problems else "not_ready", problems=problems
    ), 200 if not problems else 503
