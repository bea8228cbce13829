"""Finds the user of a provider's person by issuer and subject or by e-mail, or creates one."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from core.clock import now
from login.accounts.person import LONGEST_NAME, ProviderPerson, plain_domain
from login.audit import note_rights
from login.models import Identity
from login.refusals import LoginRefused

SUPERUSER = "superuser"
TRIES = 3


@dataclass(frozen=True)
class _Rights:
    """The groups that `settings.OIDC_GROUPS` gives a person, and all groups that it can give."""

    groups: frozenset[str]
    all_groups: frozenset[str]
    is_superuser: bool
    names_superuser: bool

    @property
    def has_any(self) -> bool:
        return bool(self.groups) or self.is_superuser


def user_of(person: ProviderPerson, means: str) -> User:
    """Return the user of `person`, creating it if there is none, with the provider's groups.

    Raises LoginRefused for a wrong domain, for a person without any of the groups, and for an
    inactive user; the groups that a refused person loses are removed nevertheless.
    """
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                user, refusal = _settle_user(person, means)
        except IntegrityError:
            # A concurrent log-in has stored the same person or user name.
            if attempt == TRIES - 1:
                raise
            continue
        break
    if refusal or user is None:
        raise LoginRefused(refusal, user.get_username() if user else person.subject)
    return user


def _settle_user(person: ProviderPerson, means: str) -> tuple[User | None, str]:
    """Return the user, and the reason why the user is refused ("" for none)."""
    if settings.OIDC_DOMAINS:
        domains = {plain_domain(one.strip()) for one in settings.OIDC_DOMAINS}
        if not person.is_email_verified or person.email_domain not in domains:
            return None, "no verified e-mail of OIDC_DOMAINS"
    rights = _rights_of(person)
    user = _find_user(person)
    if rights is not None and not rights.has_any:
        if user is not None:
            _give(user, rights, means)
        return user, "none of the groups of OIDC_GROUPS"
    if user is not None and not user.is_active:
        return user, "the user is not active"
    if user is None:
        user = _new_user(person)
    if rights is not None:
        _give(user, rights, means)
    at = now()
    known = {"issuer": person.issuer, "subject": person.subject}
    if not Identity.objects.filter(**known).update(used_at=at):
        Identity.objects.create(user=user, created_at=at, used_at=at, **known)
    return user, ""


def _find_user(person: ProviderPerson) -> User | None:
    known = Identity.objects.filter(issuer=person.issuer, subject=person.subject)
    identity = known.select_related("user").first()
    if identity is not None:
        return identity.user
    if not settings.OIDC_LINK_EMAIL or not person.is_email_verified or not person.email:
        return None
    alike = User.objects.filter(email__iexact=person.email)
    same = [user for user in alike if _is_same_address(user.email, person.email)]
    if len(same) != 1:
        return None
    # Lock the user: of two concurrent log-ins with this e-mail, only the first is linked.
    User.objects.select_for_update().get(pk=same[0].pk)
    # A user who has another subject at this provider is another person.
    others = Identity.objects.filter(issuer=person.issuer, user=same[0])
    return None if others.exists() else same[0]


def _is_same_address(one: str, other: str) -> bool:
    """Return whether two e-mails are the same but for case, of ASCII's letters only.

    Databases take the dotless i and the Kelvin sign for other letters.
    """
    if one.isascii() and other.isascii():
        return one.lower() == other.lower()
    return one == other


def _new_user(person: ProviderPerson) -> User:
    user = User(
        username=_free_name(person.wanted_username),
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
    )
    user.set_unusable_password()
    user.save()
    return user


def _free_name(wanted: str) -> str:
    name, number = wanted, 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        ending = f"-{number}"
        name = wanted[: LONGEST_NAME - len(ending)] + ending
    return name


def _rights_of(person: ProviderPerson) -> _Rights | None:
    """Return what the person's groups give; None where groups give nothing to anybody."""
    pairs = settings.OIDC_GROUPS
    if not pairs:
        return None
    given = {ours for theirs, ours in pairs if theirs in person.groups}
    every = {ours for _theirs, ours in pairs}
    return _Rights(
        frozenset(given - {SUPERUSER}),
        frozenset(every - {SUPERUSER}),
        SUPERUSER in given,
        SUPERUSER in every,
    )


def _give(user: User, rights: _Rights, means: str) -> None:
    """Give and take exactly what `OIDC_GROUPS` names; other groups of the user stay."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    held = set(locked.groups.filter(name__in=rights.all_groups).values_list("name", flat=True))
    before = {
        "groups": sorted(held),
        "superuser": locked.is_superuser,
        "staff": locked.is_staff,
    }
    for name in rights.groups - held:
        locked.groups.add(Group.objects.get_or_create(name=name)[0])
    locked.groups.remove(*Group.objects.filter(name__in=held - rights.groups))
    if rights.names_superuser:
        locked.is_superuser = rights.is_superuser
    locked.is_staff = rights.has_any or locked.is_superuser
    locked.save(update_fields=["is_superuser", "is_staff"])
    user.is_superuser, user.is_staff = locked.is_superuser, locked.is_staff
    after = {
        "groups": sorted(rights.groups),
        "superuser": locked.is_superuser,
        "staff": locked.is_staff,
    }
    note_rights(user, before, after, means)
