"""Blocks: put in by name and language, bounded, without circles, and guarded in the admin."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.content import Recipient, Rendered, TextFault, compiled_versions, problems_of, render
from campaigns.content.blocks import BlockMissing, Blocks, is_included
from campaigns.models import ContentBlock
from customers.models import AuditEntry
from tests.campaigns.making import Shop, add_version, make_content, make_shop

FOOT = Blocks(
    {
        ("foot", ""): "Bye",
        ("foot", "zh-hans"): "再见",
        ("frame", ""): "<p>{% include 'foot' %}</p>",
        ("me", ""): 'a {% include "you" %}',
        ("you", ""): 'b {% include "me" %}',
    }
)


@pytest.mark.parametrize(
    ("source", "language", "made"),
    [
        ('x {% include "foot" %} y', "en", "x Bye y"),
        ("{%- include  'foot' -%}", "zh-hans", "再见"),
        ('{% include "frame" %}', "zh-hans", "<p>再见</p>"),
        ('{% include "foot" %}{% include "foot" %}', "fr", "ByeBye"),
        ("no include here", "en", "no include here"),
        ("{% include customer.name %}", "en", "{% include customer.name %}"),
    ],
)
def test_put_in(source: str, language: str, made: str) -> None:
    assert FOOT.put_in(source, language) == made


def test_circles_depth_and_bombs() -> None:
    with pytest.raises(BlockMissing, match="me → you → me"):
        FOOT.put_in('{% include "me" %}', "en")
    with pytest.raises(BlockMissing, match="nobody"):
        FOOT.put_in('{% include "nobody" %}', "en")
    deep = Blocks({(f"b{n}", ""): f'{{% include "b{n + 1}" %}}' for n in range(9)})
    with pytest.raises(BlockMissing, match="5 deep"):
        deep.put_in('{% include "b0" %}', "en")
    wide = {(f"b{n}", ""): f'{{% include "b{n + 1}" %}}' * 50 for n in range(4)}
    bomb = Blocks({**wide, ("b4", ""): "x" * 1000})
    began = time.process_time()
    with pytest.raises(BlockMissing, match="longer than any message"):
        bomb.put_in('{% include "b0" %}', "en")
    assert time.process_time() - began < 2


def test_an_unknown_block_is_said_before_a_text_is_kept() -> None:
    parts = {"subject": "x", "body": '{% include "fot" %}', "html": '{% include "foot" %}'}
    [(part, sentence)] = problems_of("email", parts, blocks=FOOT, language="en")
    assert (part, sentence) == ("body", "The brand has no block “fot”.")


@pytest.fixture
def shop(now: datetime) -> Shop:
    return make_shop(now)


def block(shop: Shop, code: str, source: str, language: str = "") -> ContentBlock:
    return ContentBlock.objects.create(
        brand=shop.brand, code=code, source=source, language=language
    )


@pytest.mark.django_db
def test_a_message_with_blocks(shop: Shop, now: datetime) -> None:
    other = make_shop(now, "coffee")
    foot = block(shop, "foot", "<mj-text>Yours, {{ brand.name }}</mj-text>")
    block(other, "foot", "not mine")
    source = (
        "<mjml><mj-body><mj-section><mj-column>{% include 'foot' %}</mj-column></mj-section>"
        "</mj-body></mjml>"
    )
    content = make_content(shop.brand)
    version = add_version(content, {"en": {"subject": "x", "html": source}})
    to = Recipient(1, language="en", brand={"name": "Tea"})
    made = render(compiled_versions([version.pk])[version.pk], to)
    assert isinstance(made, Rendered)
    assert "Yours, Tea" in made.html
    assert made.body == "Yours, Tea"
    foot.source = "<mj-text>Ever yours</mj-text>"
    foot.save()
    made = render(compiled_versions([version.pk])[version.pk], to)
    assert isinstance(made, Rendered)
    assert made.body == "Ever yours", "a change counts from the next message on"
    foot.delete()
    fault = render(compiled_versions([version.pk])[version.pk], to)
    assert isinstance(fault, TextFault)
    assert "foot" in fault.detail


@pytest.mark.django_db
def test_one_query_more_and_only_where_a_block_is_named(shop: Shop) -> None:
    block(shop, "foot", "Bye")
    plain = [make_content(shop.brand).current_id or 0 for _n in range(3)]
    using = [
        make_content(shop.brand, texts={"en": {"body": '{% include "foot" %}'}}).current_id or 0
        for _n in range(3)
    ]

    def queries(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as caught:
            compiled_versions(ids)
        return len(caught)

    assert (queries(plain), queries(using)) == (2, 3)


@pytest.mark.django_db
def test_a_block_that_can_not_be_is_refused(shop: Shop) -> None:
    block(shop, "you", 'b {% include "me" %}')
    for source, word in (
        ('{% include "you" %}', "circle"),
        ('{% include "nobody" %}', "nobody"),
        ("{{ x", "can't be read"),
    ):
        with pytest.raises(ValidationError, match=word):
            ContentBlock(brand=shop.brand, code="me", source=source).full_clean()
    ContentBlock(brand=shop.brand, code="me", source="{{ customer.name }}").full_clean()


@pytest.mark.django_db
def test_in_the_admin(admin_client: Client, shop: Shop) -> None:
    values = {"brand": shop.brand.pk, "code": "foot", "language": "", "source": "Bye"}
    url = "/admin/campaigns/contentblock/"
    assert admin_client.post(f"{url}add/", values).status_code == 302
    foot = ContentBlock.objects.get()
    assert AuditEntry.objects.filter(object_id=str(foot.pk)).exists()
    assert not is_included(foot)
    make_content(shop.brand, texts={"en": {"body": "{% include 'foot' %}"}})
    assert is_included(foot)
    assert admin_client.post(f"{url}{foot.pk}/delete/", {"post": "yes"}).status_code == 403
