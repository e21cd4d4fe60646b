"""Sign in and out, passwords, and the page of one's own account."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config import appearance
from config.clock import utc_now
from config.views import back
from customers import scope
from customers.access import Actor
from customers.actions.account import change_account, note_password
from customers.forms.account import AccountForm, ResetForm, SignInForm
from customers.models import User, Via


class SignIn(auth.LoginView):
    """The sign-in page; people who are signed in go where they wanted to."""

    template_name = "registration/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        too_many = any(error.code == "too_many" for error in form.non_field_errors().as_data())
        response.status_code = 429 if too_many else 422
        return response


class SignOut(auth.LogoutView):
    """Ends the session (POST only) and says so on the sign-in page."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        messages.success(request, _("You are signed out."))
        return response


class AskForReset(auth.PasswordResetView):
    """Asks for an address and mails a link to it, if it belongs to somebody."""

    template_name = "registration/reset.html"
    form_class = ResetForm
    subject_template_name = "registration/reset_subject.txt"
    email_template_name = "registration/reset_mail.txt"
    html_email_template_name = "registration/reset_mail.html"
    success_url = reverse_lazy("reset_sent")


class ResetSent(auth.PasswordResetDoneView):
    template_name = "registration/reset_sent.html"


class NewPassword(auth.PasswordResetConfirmView):
    """The page behind the mailed link."""

    template_name = "registration/new_password.html"
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            # Nobody is signed in; whoever holds the mailed link acts as its reader.
            actor = Actor(via=Via.PAGE, user=form.user, label=str(form.user))
            note_password(actor, form.user, now=utc_now())
        messages.success(self.request, _("Your new password is set. Sign in with it."))
        return response


class ChangePassword(auth.PasswordChangeView):
    template_name = "registration/change_password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            note_password(Actor.of_request(self.request), form.user, now=utc_now())
        messages.success(
            self.request, _("Your password is changed. Other devices have to sign in again.")
        )
        return response


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Name, language, theme and time zone of the signed-in user."""
    user = cast(User, request.user)
    form = AccountForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        change_account(Actor.of_request(request), form.cleaned_data, now=utc_now())
        response: HttpResponse = redirect("account")
        appearance.keep_theme(response, user.theme)
        appearance.keep_language(response, user.language)
        # The next page is in the language just chosen, and so is what it says first.
        with translation.override(user.language or translation.get_language()):
            messages.success(request, _("Saved."))
        return response
    if form.errors:
        # A refused form has already changed the instance; the shell must show what is saved.
        user.refresh_from_db()
    memberships = user.memberships.select_related("brand").order_by("brand__name")
    status = 422 if form.errors else 200
    context = {"form": form, "memberships": memberships}
    return render(request, "registration/account.html", context, status=status)


@login_required
@require_POST
def set_brand(request: HttpRequest) -> HttpResponse:
    """Look at one brand, or at all of them, from now on in this session."""
    scope.choose(request, request.POST.get("brand", ""))
    return back(request)
