"""Where providers post what became of messages: `/hooks/<channel>/<token of the account>/`."""

from __future__ import annotations

import logging
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.channels import (
    Account,
    Callback,
    CallbackMissing,
    Forged,
    ProviderMissing,
    Unreadable,
    channel,
)
from campaigns.models import ChannelAccount
from campaigns.outbox.feedback import take_in
from campaigns.secrets import SecretUnreadable
from config.clock import utc_now

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_REPORTS: Final = 5_000
_log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def post(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """Take in a post.

    404: no such account, or one whose provider posts nothing; 403: not signed as it should be;
    400: not understood; 413: too large; 200: taken in, known already or put by. The answers are
    for technicians, in English.
    """
    row = ChannelAccount.objects.filter(channel=code, token=token).first()
    if row is None:
        return _said("No account has this address.", 404)
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        return _said("A post may carry at most 4 MB.", 413)
    callback = Callback(
        url=f"{settings.PUBLIC_URL}{request.get_full_path()}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        query=request.GET.dict(),
    )
    try:
        provider = channel(row.channel).provider(Account.of(row))
        reports = provider.read_callback(callback)
    except (CallbackMissing, ProviderMissing) as error:
        return _said(str(error), 404)
    except SecretUnreadable as error:
        _log.error("the reports of account %s can't be verified: %s", row.pk, error)
        return _said("The secret of this account can't be read here.", 503)
    except Forged as error:
        _log.warning("a forged report for account %s: %s", row.pk, error)
        return _said(str(error), 403)
    except Unreadable as error:
        return _said(str(error), 400)
    if len(reports) > MOST_REPORTS:
        return _said(f"A post may carry at most {MOST_REPORTS} reports.", 413)
    take_in(row, reports, utc_now())
    body, kind = provider.answer_callback()
    return HttpResponse(body, content_type=kind)


# helpers


def _said(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
