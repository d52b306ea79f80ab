"""A User-Agent header in words, as far as a person needs to know their own devices again."""

from __future__ import annotations

import re

#: First match wins: nearly every browser also claims to be some of those after it.
_PROGRAMS = [
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
]
_PLAIN = re.compile(r"[\w.\-]{1,40}")


def describe(header: str) -> str:
    """`Firefox on Windows`, `curl`, `python-requests`; `unknown program` when it says nothing."""
    program = next((name for mark, name in _PROGRAMS if mark in header), "")
    if not program:
        plain = _PLAIN.match(header)
        return plain[0] if plain else "unknown program"
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    return f"{program} on {system}" if system else program
