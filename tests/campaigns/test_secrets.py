import pytest
from django.test import override_settings

from campaigns.secrets import SecretUnreadable, renew, seal, unseal


def test_what_was_sealed_opens_again_and_is_unreadable_in_between() -> None:
    sealed = seal("pa55 密码")

    assert b"pa55" not in sealed
    assert unseal(memoryview(sealed)) == "pa55 密码"


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert seal("same") != seal("same")


def test_an_old_key_opens_as_long_as_it_is_a_fallback() -> None:
    with override_settings(SECRET_KEY="old", SECRET_KEY_FALLBACKS=[]):
        sealed = seal("token")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        renewed = renew(sealed)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        assert unseal(renewed) == "token"
        with pytest.raises(SecretUnreadable, match="SECRET_KEY_FALLBACKS"):
            unseal(sealed)
