"""Static files of production: compressed, named by their content, modules included."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)

_, _IMPORTS = ManifestStaticFilesStorage._js_module_import_aggregation_patterns  # type: ignore[attr-defined]  # noqa: SLF001 - see below


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports of our own modules (js/) to hashed names.

    Django's switch for it, `support_js_module_import_aggregation`, covers every script of every
    package, and stumbles over type comments in those of django-htmx. Modules must not import each
    other in a circle: their names depend on each other's content.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", _IMPORTS))
