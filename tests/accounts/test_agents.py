"""User-Agent headers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.agents import describe

CHROME = "(KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 {CHROME}", "Chrome on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 {CHROME} Edg/142", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 {CHROME}", "Chrome on Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/19.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        ("curl/8.14.1", "curl"),
        ("python-requests/2.32", "python-requests"),
        ("", "unknown program"),
        ("<script>", "unknown program"),
    ],
)
def test_a_header_in_words(header: str, words: str) -> None:
    assert describe(header) == words


@given(st.text(max_size=200))
def test_any_header_gives_some_short_words(header: str) -> None:
    assert 0 < len(describe(header)) <= 40
