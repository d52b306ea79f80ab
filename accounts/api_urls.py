from django.urls import path

from accounts.api import me, sign_in

urlpatterns = [
    path("users/register", sign_in.RegisterView.as_view(), name="api-register"),
    path("users/login", sign_in.LoginView.as_view(), name="api-login"),
    path("users/refresh", sign_in.RefreshView.as_view(), name="api-refresh"),
    path("users/logout", sign_in.LogoutView.as_view(), name="api-logout"),
    path("users/me", me.MeView.as_view(), name="api-me"),
    path("users/sessions", me.SignInsView.as_view(), name="api-sign-ins"),
    path("users/sessions/<uuid:family>", me.SignInView.as_view(), name="api-sign-in"),
]
