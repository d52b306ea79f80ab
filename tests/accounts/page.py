"""What a page must not contain under the strict content policy."""

from html.parser import HTMLParser


class Inline(HTMLParser):
    """Collects inline scripts, styles and event handlers; data blocks are none."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        data = given.get("type") in {"application/json", "importmap"}
        if tag == "style" or (tag == "script" and "src" not in given and not data):
            self.found.append(f"<{tag}>")
        self.found += [
            f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")
        ]


def inline(html: str) -> list[str]:
    """Everything that the policy would block."""
    parser = Inline()
    parser.feed(html)
    return parser.found
