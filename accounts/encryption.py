"""Secrets at rest: AES-256-GCM under `settings.ENCRYPTION_KEY`.

A sealed text is `v1.<key id>.<base64url of nonce and ciphertext>`. Version, key id and purpose are
authenticated with it, so none of them can be exchanged: a text sealed for one purpose does not
open for another. Keys in `settings.ENCRYPTION_KEY_FALLBACKS` still open what they sealed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class DecryptionError(Exception):
    """The text was not sealed by us, was sealed for another purpose or by a lost key, or was
    changed since.
    """


def encrypt(text: str, *, purpose: str) -> str:
    """Seal `text` under the newest key. Equal texts give different results each time."""
    key = _keys()[0]
    nonce = os.urandom(_NONCE_BYTES)
    header = f"{VERSION}.{key_id(key)}"
    sealed = AESGCM(key).encrypt(nonce, text.encode(), _associated(header, purpose))
    return f"{header}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(sealed: str, *, purpose: str) -> str:
    """The text that `encrypt` was given for the same purpose; DecryptionError otherwise."""
    try:
        version, identity, body = sealed.split(".")
        data = base64.b64decode(body, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise DecryptionError("This is no sealed text.") from error
    if base64.urlsafe_b64encode(data).decode() != body:  # two spellings of the same bytes
        raise DecryptionError("This is no sealed text.")
    if version != VERSION:
        raise DecryptionError(f"Version {version!r} of sealed texts is not known.")
    key = _key_named(identity)
    associated = _associated(f"{version}.{identity}", purpose)
    try:
        return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], associated).decode()
    except (InvalidTag, ValueError) as error:
        raise DecryptionError("The sealed text was changed, or has another purpose.") from error


def key_id(key: bytes) -> str:
    """Names a key without giving it away: eight hex digits of its SHA-256."""
    return hashlib.sha256(b"plimsoll key id" + key).hexdigest()[:8]


def _associated(header: str, purpose: str) -> bytes:
    return f"plimsoll|{header}|{purpose}".encode()


def _key_named(identity: str) -> bytes:
    for key in _keys():
        if key_id(key) == identity:
            return key
    raise DecryptionError(f"The key {identity!r} that sealed this is not at hand.")


def _keys() -> list[bytes]:
    fallbacks: list[str] = getattr(settings, "ENCRYPTION_KEY_FALLBACKS", [])
    return [_parsed(text) for text in [settings.ENCRYPTION_KEY, *fallbacks]]


def _parsed(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ImproperlyConfigured("ENCRYPTION_KEY: not base64.") from error
    if len(key) != _KEY_BYTES:
        raise ImproperlyConfigured(f"ENCRYPTION_KEY: needs 32 bytes in base64, has {len(key)}.")
    return key
