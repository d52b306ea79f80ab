"""Template tags: locale, privacy, and what is missing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import timezone

from config.templatetags import drawings


def render(source: str, **context: Any) -> str:
    return Template(source).render(Context({"locale": "en-US", "privacy": "shown", **context}))


def test_money_carries_its_exact_value() -> None:
    html = render("{% money value 'USD' %}", value=Decimal("1234.567800"))
    assert html == '<data value="1234.5678">$1,234.57</data>'


@pytest.mark.parametrize("tag", ["money v 'USD'", "price v", "quantity v", "percent v", "hero v"])
def test_missing_is_a_dash_that_says_so(tag: str) -> None:
    html = render("{% " + tag + " %}", v=None)
    assert "–" in html  # noqa: RUF001 - the dash itself
    assert 'title="not available"' in html
    assert "0" not in html


@pytest.mark.parametrize(
    ("tag", "amounts", "everything"),
    [
        ("money v 'USD'", True, True),
        ("hero v 'USD'", True, True),
        ("quantity v", True, True),
        ("price v 'USD'", False, True),
        ("percent v", False, True),
        ("number v", False, True),
        ("price v 'USD' public=True", False, False),
        ("percent v public=True", False, False),
        ("change v 'USD' v", True, True),
    ],
)
def test_privacy(tag: str, amounts: bool, everything: bool) -> None:
    for privacy, hidden in (("shown", False), ("amounts", amounts), ("all", everything)):
        html = render("{% " + tag + " %}", v=Decimal("0.4711"), privacy=privacy)
        assert ("•••••" in html) is hidden, privacy
        if hidden and privacy == "all":
            assert "47" not in html


def test_amounts_hidden_keeps_percentages_and_leaks_no_exact_value() -> None:
    source = "{% change amount 'USD' share %}{% raw amount %}"
    html = render(source, amount=Decimal("2846.10"), share=0.0569, privacy="amounts")
    assert "5.69%" in html
    assert "2846" not in html


def test_an_unknown_privacy_mode_hides_everything() -> None:
    assert "•••••" in render("{% percent v %}", v=0.5, privacy="mistyped")


def test_plain_text_for_titles() -> None:
    assert render("{% money v 'USD' plain=True digits=0 %}", v=52847) == "$52,847"
    assert render("{% money v plain=True %}", v=52847, privacy="amounts") == "•••••"


@pytest.mark.parametrize(
    ("value", "word", "colour", "arrow"),
    [(-0.01, "down", "loss", "▼"), (0.01, "up", "gain", "▲"), (0, "unchanged", "flat", "•")],
)
def test_a_change_never_speaks_by_colour_alone(
    value: float, word: str, colour: str, arrow: str
) -> None:
    html = render("{% change fraction=v %}", v=value)
    assert word in html
    assert colour in html
    assert arrow in html


def test_explain_opens_formula_window_and_age() -> None:
    facts = {
        "formula": "-quantile(r)",
        "window_days": 365,
        "observations": 360,
        "source": "binance",
        "as_of": (timezone.now() - timedelta(minutes=3)).isoformat(),
    }
    html = render("{% explain 'var' facts %}", facts=facts)
    for text in ("Value at risk", "-quantile(r)", "365 days", "360", "binance", "3 min ago"):
        assert text in html
    target = re.search(r'popovertarget="([^"]+)"', html)
    assert target
    assert f'id="{target[1]}"' in html


def test_an_unknown_explanation_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        render("{% explain 'nonsense' %}")


def test_ago_shortly_and_lookup() -> None:
    assert "2 h ago" in render("{% ago t %}", t=timezone.now() - timedelta(hours=2))
    day = datetime(2021, 11, 3, 12, tzinfo=UTC)
    assert render("{{ t|shortly }}", t=day) == "3 Nov"
    assert render("{{ m|lookup:'a' }}{{ m|lookup:'b' }}", m={"a": 1}) == "1None"


def test_products_of_the_missing_are_missing() -> None:
    source = "{{ a|times:b }}|{{ a|per:b }}|{{ a|times:none }}|{{ a|per:zero }}"
    html = render(source, a=Decimal(6), b=Decimal(3), none=None, zero=Decimal(0))
    assert html == "18|2|None|None"


def test_a_load_line_at_its_limit_touches_the_mark() -> None:
    fill, mark = drawings.depth(1.0)
    assert fill == mark
    assert list(drawings.depth(2.0)) == pytest.approx([1 / 1.33, 0.5 / 1.33])
    assert drawings.depth(None)[0] == 0


@pytest.mark.parametrize(
    ("points", "tone"), [([1.0, 2.0], "up"), ([2.0, 1.0], "down"), ([1.0, 1.0], "up")]
)
def test_sparks(points: list[float], tone: str) -> None:
    html = drawings.spark(points)
    assert f'class="spark {tone}"' in html
    assert "nan" not in html


def test_a_spark_of_one_point_is_nothing_to_draw() -> None:
    assert "svg" not in drawings.spark([1.0])


@pytest.mark.parametrize("drawing", [
    drawings.hull(0.5, 0.75), drawings.bar(0.3), drawings.duo(0.1, 0.9), drawings.ring(6.2),
    drawings.mix([("BTC", 0.6), ("ETH", 0.4), ("SOL", None)]), drawings.spark([1, 3, 2]),
])  # fmt: skip
def test_drawings_have_no_styles(drawing: str) -> None:
    assert "style" not in drawing
    assert 'aria-hidden="true"' in drawing
