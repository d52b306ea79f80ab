"""The house's rules that import-linter cannot see."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField

ROOT = Path(__file__).resolve().parent.parent
#: Lowest first; markets and accounts share a floor and know nothing of each other.
FLOOR = {"markets": 0, "accounts": 0, "portfolios": 1, "risk": 2, "alerts": 3, "config": 4}
OURS = [app for app in apps.get_app_configs() if app.name in FLOOR]
FILE_LIMIT = 400


@pytest.mark.parametrize("app", OURS, ids=lambda app: app.name)
def test_foreign_keys_point_down(app: object) -> None:
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in app.get_models()  # type: ignore[attr-defined]
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | ManyToManyField)
        and (there := field.related_model._meta.app_label) in FLOOR
        and there != app.name  # type: ignore[attr-defined]
        and FLOOR[there] >= FLOOR[app.name]  # type: ignore[attr-defined]
    ]
    assert wrong == []


def tracked(*suffixes: str) -> list[Path]:
    """Our own files: what git tracks or would track, without what others wrote or made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    foreign = {"vendor", "migrations"}
    return [
        path
        for name in listed
        if (path := ROOT / name).suffix in suffixes
        and path.is_file()
        and not foreign & set(Path(name).parts)
    ]


def test_no_file_is_past_the_limit() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked(".py", ".js", ".css", ".html")
        if (lines := len(path.read_text().splitlines())) > FILE_LIMIT
    }
    assert long == {}


def test_nothing_is_called_utils() -> None:
    banned = {"core", "common", "utils", "helpers", "misc"}
    found = [str(path) for path in tracked(".py", ".js") if path.stem in banned]
    assert found == []


def test_pages_carry_no_inline_script_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(?:\bsrc=|application/json))")
    found = [
        str(path.relative_to(ROOT))
        for path in tracked(".html")
        if "templates" in path.parts and inline.search(path.read_text())
    ]
    assert found == []


def test_no_registry_host_or_private_path_is_tracked() -> None:
    # Spelled in pieces, or this file would find itself.
    hosts = "|".join(
        ["registry" + r"\.npm", "npm" + r"js\.(org|com)", "pypi" + r"\.org", "python" + "hosted"]
    )
    banned = re.compile(rf"{hosts}|(^|[^a-z.])/(work|root|farm)/")
    kinds = (".py", ".txt", ".in", ".md", ".toml", ".html", ".js", ".css", ".sh", ".yaml", ".yml")
    found = [
        str(path.relative_to(ROOT))
        for path in tracked(*kinds)
        if any(banned.search(line) for line in path.read_text(errors="replace").splitlines())
    ]
    assert found == []
