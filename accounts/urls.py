from django.urls import path

from accounts import views

urlpatterns = [
    path("settings/", views.settings_page, name="settings"),
    path("settings/theme", views.set_theme, name="settings-theme"),
    path("settings/privacy", views.set_privacy, name="settings-privacy"),
    path("settings/range", views.set_range, name="settings-range"),
    path("settings/benchmark", views.set_benchmark, name="settings-benchmark"),
    path("settings/sign-ins/<uuid:family>/end", views.end_sign_in, name="settings-end-sign-in"),
]
