"""Folding: the one way in which texts are compared without regard to case, on every database."""

import re
import unicodedata
from collections.abc import Sequence

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Stored beside folded columns' meaning: another Unicode version of Python may fold other letters.
FOLD_VERSION = f"1/unicode-{unicodedata.unidata_version}"

# The part of an address before the @ (RFC 5321 and 6531): words with dots between, or in quotes.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def fold(text: str | None) -> str:
    """Return `text` in the form in which texts are compared; `''` for a missing one.

    Unicode NFC, lower case as `str.lower`, `ς` as `σ`, NFC again (contract, section 4). Accents
    count, and `ß` is not `ss`.
    """
    if not text:
        return ""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFC", text).lower().replace("ς", "σ")
    return unicodedata.normalize("NFC", lowered)


def fold_all(texts: Sequence[str | None]) -> list[str]:
    """Return `fold` of each of `texts`, none of which has a NUL, in one go.

    Nothing composes with a NUL, and what case depends on (whether a sigma is the last letter) is
    folded away.
    """
    return fold("\0".join([text or "" for text in texts])).split("\0") if texts else []


def is_address(email: str) -> bool:
    """Return whether `email` is an address that mail can be sent to."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def email_domain(email: str | None) -> str:
    """Return what follows the last `@` of `email`; `''` where there is none."""
    return email.rpartition("@")[2] if email and "@" in email else ""


def ascii_domain(domain: str) -> str:
    """Return `domain` in the letters that DNS knows (IDNA 2008 after UTS 46), in lower case.

    Raises UnicodeError where IDNA has no such form. A domain that is ASCII already may break rules
    of IDNA (two hyphens) and exist all the same.
    """
    if domain.isascii():
        return domain.lower()
    return idna.encode(domain, uts46=True).decode("ascii").lower()


def unquote_local_part(local: str) -> str | None:
    """Return what the quoted part of an address before the @ stands for; None without quotes."""
    quoted = _QUOTED.fullmatch(local)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else None


def quoted_where_needed(text: str) -> str:
    """Return `text` as the part of an address before the @, in quotes only where it needs them."""
    if DOT_ATOM.fullmatch(text):
        return text
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'


def folded_address(email: str | None) -> str:
    """Return the form in which e-mail addresses are compared: folded, the domain as it is sent to.

    Blanks around the address and a dot at its end are no part of it, nor are quotes that its local
    part does not need. A domain that has no ASCII form stays as it is folded; a missing address is
    `''`.
    """
    spelt = (email or "").strip().rstrip(".")
    local, at, domain = spelt.rpartition("@")
    if (meant := unquote_local_part(local)) is not None:
        local = quoted_where_needed(meant)
        spelt = f"{local}{at}{domain}"
    if spelt.isascii():
        return fold(spelt)
    try:
        return f"{fold(local)}{at}{ascii_domain(domain)}"
    except UnicodeError:
        return fold(spelt)
