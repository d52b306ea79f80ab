"""The browsable API. Its script and style come from this host, not from a CDN."""

from drf_spectacular.views import SpectacularSwaggerSplitView

docs = SpectacularSwaggerSplitView.as_view(url_name="api-schema")
