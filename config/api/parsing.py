"""Reading what a request carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    """Refuses what is valid JSON and yet nothing we can hold: nested deeper than Python follows,
    integers of thousands of digits, halves of surrogate pairs.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read()
        try:
            found = super().parse(BytesIO(raw), media_type, parser_context)
        except (RecursionError, LookupError) as error:  # LookupError: an unknown charset
            raise ParseError(f"JSON parse error - {error}") from error
        if b"\\ud" in raw.lower() and not _is_text(found):
            raise ParseError("JSON parse error - half of a surrogate pair is no character")
        return found


def _is_text(found: Any) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
