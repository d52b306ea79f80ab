"""A security key in software: real CBOR, real P-256 signatures, the real forms."""

import json
import os
import struct
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from django.urls import reverse
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

from accounts.models import User
from tests.conftest import PASSWORD

HOST = "localhost"
ORIGIN = f"https://{HOST}"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftwareKey:
    """One credential for one person on `localhost`."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.identity = os.urandom(16)
        self.user_handle = ""
        self.count = 0

    def register(self, client: Client, user: User) -> None:
        """Sign in with the password, show it again, and add the key on the page."""
        login = {"login": user.email, "password": PASSWORD}
        client.post(reverse("account_login"), login, headers={"host": HOST})
        again = reverse("account_reauthenticate")
        client.post(again, {"password": PASSWORD}, headers={"host": HOST})
        page = client.get(reverse("mfa_add_webauthn"), headers={"host": HOST})
        options = page.context["js_data"]["creation_options"]["publicKey"]
        self.user_handle = options["user"]["id"]
        form = {"name": "Key", "credential": json.dumps(self._attestation(options))}
        answer = client.post(reverse("mfa_add_webauthn"), form, headers={"host": HOST})
        assert answer.status_code == 302, answer.context["form"].errors

    def sign_in(self, client: Client, *, verified: bool) -> Any:
        """Passwordless: the login page's button."""
        address = reverse("mfa_login_webauthn")
        given = client.get(address, headers={"host": HOST, "accept": "application/json"})
        options = given.json()["request_options"]["publicKey"]
        return self._post(client, address, options, verified=verified)

    def answer(self, client: Client, address: str) -> Any:
        """As second factor, on a page that asks for one."""
        page = client.get(address, headers={"host": HOST})
        options = page.context["js_data"]["request_options"]["publicKey"]
        return self._post(client, address, options, verified=False)

    def _post(self, client: Client, address: str, options: Any, *, verified: bool) -> Any:
        form = {"credential": json.dumps(self._assertion(options, verified=verified))}
        return client.post(address, form, headers={"host": HOST})

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN}).encode()

    def _authenticator_data(self, flags: int) -> bytes:
        self.count += 1
        return sha256(HOST.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _attestation(self, options: Any) -> dict[str, Any]:
        public = cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        credential = bytes(16) + struct.pack(">H", len(self.identity)) + self.identity + public
        data = self._authenticator_data(PRESENT | VERIFIED | ATTESTED) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"])
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(attestation),
        }
        return self._wire(response)

    def _assertion(self, options: Any, *, verified: bool) -> dict[str, Any]:
        data = self._authenticator_data(PRESENT | (VERIFIED if verified else 0))
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + sha256(client_data).digest()
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.private.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": self.user_handle,
        }
        return self._wire(response)

    def _wire(self, response: dict[str, str]) -> dict[str, Any]:
        identity = websafe_encode(self.identity)
        return {
            "type": "public-key",
            "id": identity,
            "rawId": identity,
            "response": response,
            "clientExtensionResults": {},
        }
