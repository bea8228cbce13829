"""A passkey of software, which answers what a browser asks."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

CREDENTIAL = b"credential-of-a-test"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


class SoftPasskey:
    """One key pair; `flags` says whether the person was verified, `counter` counts its answers."""

    def __init__(self, origin: str = "https://testserver") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.origin, self.flags, self.counter = origin, PRESENT | VERIFIED, 0

    def made(self, options: Any) -> str:
        """Return the answer to the options for a new passkey."""
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, CREDENTIAL, public)
        authenticator = AuthenticatorData.create(
            self._rp_hash(options["rp"]["id"]), self.flags | ATTESTED, self.counter, data
        )
        attestation = AttestationObject.create("none", authenticator, {})
        client = self._client_data("webauthn.create", options)
        response = {
            "clientDataJSON": encoded(client),
            "attestationObject": encoded(bytes(attestation)),
        }
        return self._answer(response)

    def signed(self, options: Any) -> str:
        """Return the answer to the options of a log-in."""
        self.counter += 1
        data = AuthenticatorData.create(self._rp_hash(options["rpId"]), self.flags, self.counter)
        client = self._client_data("webauthn.get", options)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(bytes(data)),
            "signature": encoded(signature),
        }
        return self._answer(response)

    def _client_data(self, kind: str, options: Any) -> CollectedClientData:
        challenge = urlsafe_b64decode(options["challenge"] + "==")
        return CollectedClientData.create(kind, challenge, self.origin)

    def _rp_hash(self, name: str) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(name.encode())
        return digest.finalize()

    def _answer(self, response: dict[str, str]) -> str:
        own = {"id": encoded(CREDENTIAL), "rawId": encoded(CREDENTIAL), "type": "public-key"}
        return json.dumps({**own, "response": response, "clientExtensionResults": {}})
