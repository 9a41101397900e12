"""The base of every schema: unknown fields are refused, messages are bilingual."""

from __future__ import annotations

from typing import Any

import marshmallow

from creditbridge.kernel.errors import InvalidInput
from creditbridge.pages import messages


class Schema(marshmallow.Schema):
    """What comes in from a page or the API. Fields come from :mod:`creditbridge.pages.fields`."""

    class Meta:
        unknown = marshmallow.RAISE

    error_messages = {"unknown": messages.UNKNOWN, "type": messages.TYPE}  # type: ignore[dict-item,unused-ignore]  # noqa: RUF012

    def read(self, data: Any) -> dict[str, Any]:
        """Load typed data, outside of a form or a documented API route.

        Raises:
            InvalidInput: naming every field that cannot be taken.
        """
        try:
            loaded: dict[str, Any] = self.load(data)
        except marshmallow.ValidationError as error:
            raise InvalidInput(messages.by_path(error.messages)) from error
        return loaded
