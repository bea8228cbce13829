"""A person as an identity provider describes them, by OpenID Connect or SAML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.conf import settings
from django.contrib.auth.models import User

LONGEST_NAME = 150
LONGEST_SUBJECT = 255


@dataclass(frozen=True)
class ProviderPerson:
    """A person as a provider knows them; `groups` are the provider's own names."""

    issuer: str
    subject: str
    preferred_username: str
    email: str
    is_email_verified: bool
    first_name: str
    last_name: str
    groups: frozenset[str]

    @classmethod
    def of_claims(cls, issuer: str, claims: Mapping[str, Any]) -> "ProviderPerson":
        """Return the person that `claims` describe; the caller has checked `sub`."""
        return cls(
            issuer,
            claims["sub"],
            _text(claims.get("preferred_username")),
            _text(claims.get("email")),
            # Some providers send the text "true".
            claims.get("email_verified") in (True, "true"),
            _text(claims.get("given_name"))[:LONGEST_NAME],
            _text(claims.get("family_name"))[:LONGEST_NAME],
            _groups(claims, settings.OIDC_GROUPS_CLAIM),
        )

    @property
    def wanted_username(self) -> str:
        """The preferred user name of the person, of characters that Django accepts."""
        wanted = self.preferred_username or self.email or self.subject
        # Django's forms normalize user names in the same way, such as fullwidth letters.
        wanted = User.normalize_username(wanted)
        return re.sub(r"[^\w.@+-]", "-", wanted)[:LONGEST_NAME]

    @property
    def email_domain(self) -> str:
        """The domain of the e-mail as `plain_domain` writes it; empty without an e-mail."""
        return plain_domain(self.email.rpartition("@")[2]) if "@" in self.email else ""


def plain_domain(domain: str) -> str:
    """Return `domain` in lower case where it is ASCII, else as it is.

    Folding case would make other domains alike: straße.example and strasse.example.
    """
    return domain.lower() if domain.isascii() else domain


def is_subject(value: Any) -> TypeGuard[str]:
    """Return whether `value` may be a provider's identifier of a person: one line of text."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_SUBJECT and value.isprintable()


def _text(value: Any) -> str:
    """Return `value` where it is a text of one line that a database takes, else an empty one."""
    text = value.strip() if isinstance(value, str) else ""
    return text if text.isprintable() and len(text) <= 254 else ""


def _groups(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """Return the texts of the claim `name`, which may be a path such as `realm_access.roles`."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    several = found if isinstance(found, list) else [found]
    return frozenset(one for one in several if isinstance(one, str))
