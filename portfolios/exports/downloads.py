"""Files for the reader to keep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.http import HttpResponseBase, StreamingHttpResponse

Answer = TypeVar("Answer", bound=HttpResponseBase)


def csv_download(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    """A CSV file, sent while it is made."""
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return download(answer, name)


def download(answer: Answer, name: str) -> Answer:
    """An attachment that no cache keeps."""
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
