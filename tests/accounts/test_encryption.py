"""Secrets at rest."""

import base64
import os

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.encryption import DecryptionError, decrypt, encrypt
from accounts.models import User
from tests.accounts.second_factor import SecondFactor


@given(st.text())
def test_what_is_sealed_opens_again(text: str) -> None:
    assert decrypt(encrypt(text, purpose="a"), purpose="a") == text


@given(text=st.text(min_size=1, max_size=40), data=st.data())
def test_any_changed_character_is_noticed(text: str, data: st.DataObject) -> None:
    sealed = encrypt(text, purpose="a")
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda letter: letter != sealed[place]))
    changed = sealed[:place] + other + sealed[place + 1 :]
    with pytest.raises(DecryptionError):
        decrypt(changed, purpose="a")


def test_another_spelling_of_the_same_bytes_is_refused() -> None:
    sealed = encrypt("xxx", purpose="a")  # 31 bytes: base64 leaves bits to spare
    assert sealed.endswith("==")
    spare = chr(ord(sealed[-3]) + 1) if sealed[-3] != "z" else "y"
    with pytest.raises(DecryptionError):
        decrypt(sealed[:-3] + spare + "==", purpose="a")


def test_it_is_versioned_names_its_key_and_never_repeats() -> None:
    first, second = encrypt("secret", purpose="a"), encrypt("secret", purpose="a")
    assert first != second
    assert first.split(".")[0] == "v1"
    assert first.split(".")[1] == second.split(".")[1]
    assert len(first.split(".")[1]) == 8
    assert "secret" not in first


@pytest.mark.parametrize("text", ["", "plain", "v1.x", "v1.00000000.!!!", "v2.00000000.AAAA"])
def test_what_we_did_not_seal_is_refused(text: str) -> None:
    with pytest.raises(DecryptionError):
        decrypt(text, purpose="a")


def test_a_text_for_one_purpose_does_not_open_for_another() -> None:
    with pytest.raises(DecryptionError, match="purpose"):
        decrypt(encrypt("secret", purpose="a"), purpose="b")


def test_a_new_key_seals_and_the_old_one_still_opens(settings: Settings) -> None:
    old = settings.ENCRYPTION_KEY
    sealed = encrypt("secret", purpose="a")
    settings.ENCRYPTION_KEY = base64.b64encode(os.urandom(32)).decode()
    with pytest.raises(DecryptionError, match="not at hand"):
        decrypt(sealed, purpose="a")
    settings.ENCRYPTION_KEY_FALLBACKS = [old]
    assert decrypt(sealed, purpose="a") == "secret"
    assert encrypt("secret", purpose="a").split(".")[1] != sealed.split(".")[1]


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(b"16 bytes of key.").decode()])
def test_a_key_of_the_wrong_length_is_named(settings: Settings, key: str) -> None:
    settings.ENCRYPTION_KEY = key
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEY"):
        encrypt("secret", purpose="a")


def test_second_factors_lie_sealed_in_the_database(
    owner: User, second_factor: SecondFactor
) -> None:
    totp = Authenticator.objects.get(user=owner, type="totp")
    codes = Authenticator.objects.get(user=owner, type="recovery_codes")
    assert second_factor.secret not in str(totp.data)
    assert totp.data["secret"].startswith("v1.")
    assert codes.data["seed"].startswith("v1.")
    assert totp.wrap().validate_code(second_factor.code())


def test_a_tampered_second_factor_lets_nobody_in(owner: User, second_factor: SecondFactor) -> None:
    totp = Authenticator.objects.get(user=owner, type="totp")
    totp.data["secret"] = totp.data["secret"][:-4] + "AAAA"
    with pytest.raises(DecryptionError):
        totp.wrap().validate_code(second_factor.code())
