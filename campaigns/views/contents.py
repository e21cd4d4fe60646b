"""Contents: the list, one content with its languages side by side, its editor and live preview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.actions.contents import (
    TextDraft,
    add_version,
    create_content,
    set_archived,
    set_content,
)
from campaigns.actions.samples import CHANNELS as SAMPLED
from campaigns.actions.samples import account_for
from campaigns.content import preview
from campaigns.content.notes import notes_of, size_of_sms
from campaigns.content.starters import NAMES as STARTERS
from campaigns.content.starters import starter
from campaigns.forms.contents import ContentForm, SettingsForm, TextForm, text_forms
from campaigns.models import Content, ContentText, SeedAddress
from campaigns.queries.content_gaps import gaps_of
from campaigns.queries.contents import block_codes, contents_of, people_to_preview, versions_of
from campaigns.queries.messages import number
from campaigns.usage import uses_of_contents
from campaigns.views.content_kit import tell
from config.clock import utc_now
from config.csp import shows_mails
from customers.access import Actor, Right, brands_of, may, require
from customers.access.people import Shown, shown_now
from customers.formats import mask_name
from customers.models import Attribute, Channel, Customer
from customers.queries.attributes import masked_value
from customers.queries.people import name_of
from customers.scope import scope_of

PER_PAGE = 50


@login_required
def content_list(request: HttpRequest) -> HttpResponse:
    scope = scope_of(request)
    words = request.GET.get("q", "").strip()[:100]
    channel = request.GET.get("channel", "")
    channel = channel if channel in Channel.values else ""
    archived = request.GET.get("archived") == "1"
    found = contents_of(scope.brand_ids, words=words, channel=channel, archived=archived)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    uses = uses_of_contents([content.pk for content in page])
    rows = [
        {"content": content, "uses": uses[content.pk], "languages": _languages(content)}
        for content in page
    ]
    actor = Actor.of_request(request)
    context = {
        "rows": rows,
        "page": page,
        "q": words,
        "channel": channel,
        "channels": Channel.choices,
        "archived": archived,
        "may_edit": brands_of(actor, Right.EDIT).exists(),
    }
    return render(request, "campaigns/contents.html", context)


@shows_mails
@login_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    content = content_of(request, pk)
    texts = list(content.current.texts.all()) if content.current else []
    people = people_to_preview()
    actor = Actor.of_request(request)
    shown = shown_now(actor, utc_now())
    customer = as_seen(chosen(request, people), shown)
    context = {
        "content": content,
        "texts": texts,
        "previews": _previews(content, texts, customer),
        "people": [(each.pk, _name(each, shown)) for each in people],
        "customer": customer,
        "versions": versions_of(content)[:20],
        "uses": uses_of_contents([pk])[pk],
        "may_edit": may(actor, Right.EDIT, content.brand),
        "takes_samples": content.channel in SAMPLED,
        "gaps": gaps_of(content.brand, texts),
        "seeds": SeedAddress.objects.filter(brand=content.brand, channel=content.channel),
    }
    return render(request, "campaigns/content.html", context)


@login_required
@require_POST
def preview_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands in the editor, or the saved texts, as a chosen customer would get it."""
    content = content_of(request, pk)
    forms = text_forms(request.POST, content.channel)
    drafts = _drafts(forms)
    texts = [ContentText(language=draft.language, **draft.parts()) for draft in drafts]
    if not texts and content.current:
        texts = list(content.current.texts.all())
    shown = shown_now(Actor.of_request(request), utc_now())
    customer = as_seen(chosen(request, people_to_preview()), shown)
    context = {"previews": _previews(content, texts, customer), "content": content}
    return render(request, "campaigns/content_preview.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    actor = Actor.of_request(request)
    brands = list(brands_of(actor, Right.EDIT))
    form = ContentForm(request.POST or None, brands=brands, initial=_first(request))
    channel = form.data.get("channel") or form.initial.get("channel") or Channel.EMAIL.value
    channel = channel if channel in Channel.values else Channel.EMAIL.value
    begin = request.GET.get("starter", "")
    begin = begin if begin in STARTERS and channel == Channel.EMAIL else ""
    forms = text_forms(request.POST or None, channel, first=starter(begin) if begin else None)
    if request.method == "POST" and form.is_valid():
        drafts = _drafts(forms)
        values = {name: value for name, value in form.cleaned_data.items() if value is not None}
        if not values["on_loss"]:
            del values["on_loss"]
        brand = values.pop("brand")
        try:
            content = create_content(actor, brand, texts=drafts, now=utc_now(), **values)
        except ValidationError as error:
            _show(error, form, forms)
        else:
            messages.success(request, _("The content is ready to be used in journeys."))
            return redirect("campaigns:content", content.pk)
    context = {
        "form": form,
        "text_forms": forms,
        "channel": channel,
        "starters": STARTERS.items() if channel == Channel.EMAIL else (),
        "starter": begin,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/content_new.html", context, status=status)


@shows_mails
@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    actor = Actor.of_request(request)
    content = content_of(request, pk)
    texts = list(content.current.texts.all()) if content.current else []
    forms = text_forms(request.POST or None, content.channel, texts)
    problems: list[str] = []
    if request.method == "POST":
        try:
            version = add_version(actor, content, _drafts(forms), now=utc_now())
        except ValidationError as error:
            problems = _show(error, None, forms)
        else:
            messages.success(
                request,
                _("Version %(number)s goes out from now on.") % {"number": version.number},
            )
            return redirect("campaigns:content", content.pk)
    people = people_to_preview()
    shown = shown_now(actor, utc_now())
    context = {
        "content": content,
        "text_forms": forms,
        "block_codes": block_codes(content.brand),
        "problems": problems,
        "people": [(each.pk, _name(each, shown)) for each in people],
        "previews": _previews(content, texts, as_seen(people[0] if people else None, shown)),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/content_edit.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def settings_of(request: HttpRequest, pk: int) -> HttpResponse:
    """What holds for every version of a content: its name, what happens when something is missing
    or another message goes first, what it is worth."""
    content, actor = content_of(request, pk), Actor.of_request(request)
    require(actor, Right.EDIT, content.brand)
    form = SettingsForm(request.POST or None, instance=content_of(request, pk))
    if request.method == "POST" and form.is_valid():
        try:
            set_content(actor, content, form.cleaned_data, now=utc_now())
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, _("It is saved and holds from the next message on."))
            return redirect("campaigns:content", pk)
    context = {"content": content, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/content_settings.html", context, status=status)


@login_required
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    content = content_of(request, pk)
    archived = request.POST.get("archived") == "1"
    set_archived(Actor.of_request(request), content, archived, now=utc_now())
    messages.success(request, _("It is archived.") if archived else _("It is back in the list."))
    return redirect("campaigns:content", content.pk)


def content_of(request: HttpRequest, pk: int) -> Content:
    """The content, if it lies in a brand that the reader sees; 404 else."""
    found = Content.objects.filter(brand__in=scope_of(request).brand_ids)
    return get_object_or_404(found.select_related("brand", "current"), pk=pk)


def chosen(request: HttpRequest, people: Sequence[Customer]) -> Customer | None:
    """The customer that the reader chose to look as, else the first of *people*."""
    wanted = number(request.POST.get("as") or request.GET.get("as"))
    if wanted:
        found = Customer.objects.filter(pk=wanted, erased_at__isnull=True).first()
        if found:
            return found
    return people[0] if people else None


def as_seen(customer: Customer | None, shown: Shown) -> Customer | None:
    """The customer with personal data masked unless she is shown just now; never saved."""
    if customer is None or shown.of(customer):
        return customer
    personal = set(Attribute.objects.filter(is_personal=True).values_list("code", flat=True))
    return Customer(
        pk=customer.pk,
        display_name=mask_name(customer.display_name) if customer.display_name else "",
        language=customer.language,
        attributes={
            code: masked_value(code, value) if code in personal else value
            for code, value in customer.attributes.items()
        },
    )


# helpers


def _drafts(forms: Sequence[TextForm]) -> list[TextDraft]:
    return [form.draft for form in forms if form.is_valid() and form.draft]


def _show(error: ValidationError, form: ContentForm | None, forms: Sequence[TextForm]) -> list[str]:
    """Put each problem where it happened; returns those that belong nowhere."""
    rest: list[str] = []
    by_place: dict[str, Any] = error.message_dict if hasattr(error, "error_dict") else {}
    by_language = {each.language: each for each in forms}
    for place, sentences in by_place.items():
        language, _dot, part = place.partition(".")
        if language in by_language and part in by_language[language].fields:
            for sentence in sentences:
                by_language[language].add_error(part, sentence)
        elif form is not None and place in form.fields:
            form.add_error(place, sentences)
        else:
            rest += sentences
    if not by_place:
        rest += error.messages
    if form is not None:
        for sentence in rest:
            form.add_error(None, sentence)
    return rest


def _previews(
    content: Content, texts: Sequence[ContentText], customer: Customer | None
) -> list[dict[str, Any]]:
    names = dict(settings.LANGUAGES)
    found = []
    for text in texts:
        shown = preview(content, customer, text.language, texts=[text])
        said, size = shown.rendered, ""
        if said and content.channel == Channel.SMS:
            account = account_for(content.brand, content.channel)
            signature = content.brand.sender_name or content.brand.name
            size = size_of_sms(said, account=account, signature=signature)
        found.append(
            {
                "name": names.get(text.language, text.language),
                "text": text,
                "preview": shown,
                "size": size,
                "notes": notes_of(content.channel, content.purpose, said) if said else [],
            }
        )
    return found


def _name(customer: Customer, shown: Shown) -> str:
    if not customer.display_name:
        # Not inside the f-string: words there are not found for the catalogues.
        nobody = _("No name")
        return f"{nobody} · {customer.reference}"
    return f"{name_of(customer, unmask=shown.of(customer))} · {customer.reference}"


def _languages(content: Content) -> list[str]:
    names = dict(settings.LANGUAGES)
    if content.current is None:
        return []
    return [str(names.get(text.language, text.language)) for text in content.current.texts.all()]


def _first(request: HttpRequest) -> dict[str, str]:
    channel = request.GET.get("channel", "")
    return {"channel": channel} if channel in Channel.values else {}
