"""Sending a sample of a content to the seed list, and a line of text through an account."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.samples import Sample, problems_of, send_sample, try_account
from campaigns.models import ChannelAccount, SeedAddress
from campaigns.queries.contents import people_to_preview
from campaigns.views.contents import as_seen, chosen, content_of
from config.clock import utc_now
from customers.access import Actor, Right, require
from customers.access.people import shown_now


class AccountTestForm(forms.Form):
    """Where the test goes."""

    address = forms.CharField(
        label=gettext_lazy("To"),
        max_length=320,
        help_text=gettext_lazy("Your own address or number; the message is marked as a test."),
    )


@login_required
@require_POST
def content_sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the texts that go out now to the chosen seeds, as the chosen customer is seen."""
    content = content_of(request, pk)
    actor = Actor.of_request(request)
    people = people_to_preview()
    customer = as_seen(chosen(request, people), shown_now(actor, utc_now()))
    numbers = [each for each in request.POST.getlist("seed") if each.isdecimal()][:50]
    seeds = SeedAddress.objects.filter(brand=content.brand, channel=content.channel)
    texts = list(content.current.texts.all()) if content.current else []
    try:
        done = send_sample(
            actor, content, texts, customer, list(seeds.filter(pk__in=numbers)), now=utc_now()
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        _say(request, done)
    return redirect("campaigns:content", content.pk)


@login_required
@require_http_methods(["GET", "POST"])
def account_test(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wrong with an account, and a form that sends a line of text through it."""
    account = get_object_or_404(ChannelAccount.objects.select_related("brand"), pk=pk)
    actor = Actor.of_request(request)
    require(actor, Right.SET_CHANNEL, account.brand)
    form = AccountTestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sample = try_account(actor, account, form.cleaned_data["address"], now=utc_now())
        except ValidationError as error:
            form.add_error("address", error.messages)
        else:
            _say(request, [sample])
            return redirect("campaigns:account_test", account.pk)
    context = {"account": account, "form": form, "problems": problems_of(account)}
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/account_test.html", context, status=status)


# helpers


def _say(request: HttpRequest, done: list[Sample]) -> None:
    names = dict(settings.LANGUAGES)
    sent = [sample for sample in done if sample.is_sent]
    if sent:
        words = _("Handed over: %(list)s.")
        places = {f"{each.address} ({names.get(each.language, each.language)})": 0 for each in sent}
        messages.success(request, words % {"list": ", ".join(places)})
    for sample in done:
        if not sample.is_sent:
            values = {
                "address": sample.address,
                "language": names.get(sample.language, sample.language),
                "words": sample.words or _("no answer"),
            }
            text = _("Not sent to %(address)s in %(language)s: %(words)s")
            messages.error(request, text % values)
