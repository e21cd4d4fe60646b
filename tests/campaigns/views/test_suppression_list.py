"""The list of suppressions: read, filled by hand and by file, lifted, and kept apart by brand."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.actions import suppression_list
from campaigns.actions.suppression_list import read_target
from campaigns.gate import decide
from campaigns.models import Suppression
from customers.models import AuditEntry
from tests.campaigns.making import Shop, make_candidate, make_customers
from tests.campaigns.views.conftest import client_of
from tests.campaigns.views.counting import queries_of

pytestmark = pytest.mark.django_db
URL = "/policies/suppressions/"


@pytest.fixture
def max_(shop: Shop) -> Client:
    return client_of("max@example.com", "manager", shop.brand)


@pytest.mark.parametrize(
    ("text", "scope", "value"),
    [
        (" Ann@Example.COM ", "address", "ann@example.com"),
        ("\ufeffa@b.cn", "address", "a@b.cn"),
        ("+86 138 1234 6021", "address", "+8613812346021"),
        ("13812346021", "address", "+8613812346021"),
        ("Example.com", "domain", "example.com"),
        ("@mail.example.com", "domain", "mail.example.com"),
        ("C-12", "customer", ""),
        ("c12", "customer", ""),
    ],
)
def test_who_is_meant(text: str, scope: str, value: str) -> None:
    target = read_target(text)
    assert (target.scope, target.value) == (scope, value)
    assert (target.customer_id == 12) == (scope == "customer")


@pytest.mark.parametrize("text", ["", "x", "a@b", "a@b@", "1234", "C-", "-a.cn", "a b.cn"])
def test_who_is_not(text: str) -> None:
    with pytest.raises(ValidationError):
        read_target(text)


def test_by_hand(max_: Client, shop: Shop, now: datetime) -> None:
    ann, bob = make_customers(shop, 2, now)
    typed = f"c{ann.pk}@example.com\n\nC-{bob.pk}\nC-{bob.pk}\n"
    answer = max_.post(URL, {"typed": typed, "brand": shop.brand.pk, "note": "asked  us "})
    assert answer.status_code == 302
    page = max_.get(URL).content.decode()
    assert "2 are new on the list, 0 were on it already." in page
    assert "c***@***.com" in page
    assert f"C-{bob.pk}" in page
    assert f"c{ann.pk}@example.com" not in page
    entry = Suppression.objects.get(scope="address")
    assert (entry.reason, entry.note, entry.brand) == ("manual", "asked us", shop.brand)
    assert entry.by is not None
    assert AuditEntry.objects.get(action="suppressions.add").changes["new"] == 2
    for each in (ann, bob):
        make_candidate(shop, each, now)
    assert decide(now).allowed == 0
    max_.post(URL, {"typed": typed, "brand": shop.brand.pk})
    assert Suppression.objects.count() == 2


def test_by_file_the_good_lines_count_and_the_bad_ones_are_told(max_: Client, shop: Shop) -> None:
    text = "a@b.cn\nnonsense\nspam.example\nC-999999\na@b.cn\n"
    file = SimpleUploadedFile("list.txt", text.encode())
    answer = max_.post(URL, {"file": file, "brand": shop.brand.pk, "channel": "email"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2 are new on the list" in page
    assert "2 lines mean nobody:" in page
    assert "Line 2: “nonsense” is no e-mail address" in page
    assert "Line 4: There is no customer C-999999." in page
    rows = Suppression.objects.values_list("scope", "value", "channel", "reason")
    assert set(rows) == {
        ("address", "a@b.cn", "email", "import"),
        ("domain", "spam.example", "email", "import"),
    }


def test_bad_uploads(max_: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def post(data: bytes) -> str:
        values = {"file": SimpleUploadedFile("x", data), "brand": shop.brand.pk}
        return str(max_.post(URL, values).content.decode())

    assert "not UTF-8 text" in post(b"\xff\xfe\x00a")
    monkeypatch.setattr(suppression_list, "MOST", 3)
    assert "at most 3 lines" in post(b"a@b.cn\n" * 4)
    assert "Name somebody" in max_.post(URL, {"brand": shop.brand.pk}).content.decode()
    assert not Suppression.objects.exists()


def test_rights_and_brands(
    vera: Client, mia: Client, max_: Client, shop: Shop, other: Shop, now: datetime
) -> None:
    shared = Suppression.objects.create(
        scope="domain", value="all.example", reason="manual", at=now
    )
    mine = Suppression.objects.create(
        scope="domain", value="mine.example", reason="manual", at=now, brand=shop.brand
    )
    foreign = Suppression.objects.create(
        scope="domain", value="foreign.example", reason="manual", at=now, brand=other.brand
    )
    page = vera.get(URL).content.decode()
    assert "all.example" in page
    assert "mine.example" in page
    assert "foreign.example" not in page
    assert "<textarea" not in page
    for client in (vera, mia):
        assert client.post(URL, {"typed": "a@b.cn", "brand": shop.brand.pk}).status_code == 403
        assert client.post(f"{URL}{mine.pk}/lift/").status_code == 403
    assert max_.post(URL, {"typed": "a@b.cn", "brand": other.brand.pk}).status_code == 422
    assert max_.post(URL, {"typed": "a@b.cn"}).status_code == 422, "every brand needs more"
    assert max_.post(f"{URL}{foreign.pk}/lift/").status_code == 404
    assert max_.post(f"{URL}{shared.pk}/lift/").status_code == 403
    assert max_.post(f"{URL}{mine.pk}/lift/").status_code == 302
    assert set(Suppression.objects.all()) == {shared, foreign}


def test_an_address_is_found_whole_only(vera: Client, now: datetime) -> None:
    Suppression.objects.create(scope="address", value="ann@a.cn", reason="bounce", at=now)
    assert "a***@***.cn" in vera.get(f"{URL}?q=Ann@A.cn").content.decode()
    for part in ("ann", "a.cn", "%", "x" * 500):
        assert "Nobody on the list is like this" in vera.get(f"{URL}?q={part}").content.decode()
    assert "a***@***.cn" in vera.get(f"{URL}?reason=bounce&scope=address").content.decode()
    assert "a***@***.cn" not in vera.get(f"{URL}?reason=manual").content.decode()


def test_pages(vera: Client, now: datetime) -> None:
    few = queries_of(vera, URL)
    Suppression.objects.bulk_create(
        Suppression(scope="domain", value=f"d{n:03d}.example", reason="manual", at=now)
        for n in range(60)
    )
    assert queries_of(vera, URL) <= few + 1
    first = vera.get(URL).content.decode()
    assert "d059.example" in first
    assert "d009.example" not in first
    after = first.partition("after=")[2].partition('"')[0]
    assert "d009.example" in vera.get(f"{URL}?after={after}").content.decode()
