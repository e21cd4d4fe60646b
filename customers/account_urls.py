"""Addresses of sign-in, of one's own account and of the switches; they have no namespace."""

from django.urls import path

from customers.views import account as views
from customers.views import switches

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("password/reset/", views.AskForReset.as_view(), name="password_reset"),
    path("password/reset/sent/", views.ResetSent.as_view(), name="reset_sent"),
    path("password/reset/<uidb64>/<token>/", views.NewPassword.as_view(), name="new_password"),
    path("account/", views.account, name="account"),
    path("account/password/", views.ChangePassword.as_view(), name="change_password"),
    path("account/brand/", views.set_brand, name="set_brand"),
    path("language/", switches.set_language, name="set_language"),
    path("theme/", switches.set_theme, name="set_theme"),
]
