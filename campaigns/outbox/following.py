"""Which UTM parameters the links of each message get, and whether they are followed."""

from __future__ import annotations

from collections.abc import Iterable

from campaigns.models import BrandSending, Campaign
from campaigns.outbox.claim import Claimed
from campaigns.outbox.links import FOLLOWED, Following
from customers.models import Brand


def followings(messages: Iterable[tuple[Claimed, str]]) -> list[Following]:
    """For each (message, code of its content) what is done to its links; at most two queries."""
    known = [(message, code) for message, code in messages]
    ids = {message.brand_id for message, _code in known if message.channel in FOLLOWED}
    if not ids:
        return [Following(False, False)] * len(known)
    brands = {
        brand.pk: brand for brand in Brand.objects.filter(pk__in=ids).select_related("sending")
    }
    campaign_ids = {message.campaign_id for message, _code in known if message.campaign_id}
    campaigns = Campaign.objects.in_bulk(campaign_ids) if campaign_ids else {}
    made: dict[tuple[int, str, int | None, str], Following] = {}
    found = []
    for message, code in known:
        what = (message.brand_id, message.channel, message.campaign_id, code)
        if what not in made:
            brand, campaign = brands.get(message.brand_id), campaigns.get(message.campaign_id or 0)
            made[what] = following(brand, message.channel, campaign, code) if brand else Following()
        found.append(made[what])
    return found


def following(brand: Brand, channel: str, campaign: Campaign | None, content: str) -> Following:
    """What *brand* wants done to the links of a message on *channel*."""
    wants = sending_of(brand)
    own, code = (campaign.utm_campaign, campaign.code) if campaign else ("", content)
    utm = (
        ("utm_source", wants.utm_source or brand.code),
        ("utm_medium", wants.utm_medium or channel),
        ("utm_campaign", own or wants.utm_campaign or code),
    )
    return Following(wants.tracks_clicks, wants.tracks_opens, utm if wants.adds_utm else ())


def sending_of(brand: Brand) -> BrandSending:
    """The settings of *brand*, or the defaults; never made by looking."""
    try:
        return brand.sending
    except BrandSending.DoesNotExist:
        return BrandSending(brand=brand)
