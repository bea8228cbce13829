"""Roles limited to websites: whose rows somebody may see, and what they may change.

A limit is a set of internal keys of websites; None is no limit. It is read once for each request.
"""

from collections.abc import Collection, Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core.problems import Problem

if TYPE_CHECKING:  # The site of the admin is made with this module, before there are models.
    from django.contrib.auth.models import User

    from core.access.api_token import ApiToken

Websites = frozenset[int] | None
Rows = TypeVar("Rows", bound=Model)

CODE = "outside_websites"
# Findings that a row is not there, or belongs elsewhere: a limited reader does not learn which.
UNKNOWN_ROWS = frozenset(
    {"unknown_segment", "segment_outside_stores", "unknown_rule", "unknown_store"}
)
# Where a limit stands on a user, who lives for one request.
KNOWN = "known_website_limit"
# What the query of the user says: whether there is a limit at all.
HAS_LIMIT = "has_website_limit"


class Treatment(Enum):
    """What a page or a call does for somebody who is limited to websites."""

    # Nothing: it answers 403. What declares nothing is refused.
    REFUSED = "refused"
    # It shows and changes only what the limit allows.
    LIMITED = "limited"
    # It names no customer and counts none.
    OPEN = "open"


class OutsideWebsites(PermissionDenied):
    """Something about websites that somebody is not limited to; the API answers 403."""

    def __init__(self) -> None:
        super().__init__(_("Your account is limited to websites, and this concerns others."))


def websites_of(user: Any) -> Websites:
    """Return the websites that `user` is limited to; None for all.

    `user` may be None or a program: commands and tasks are not limited. Several groups: the union
    of their websites; the user's own limit cuts it. Superusers are not limited.
    """
    if user is None or not getattr(user, "pk", None):
        return None
    if not hasattr(user, KNOWN):
        setattr(user, KNOWN, _stored_limit(user))
    known: Websites = getattr(user, KNOWN)
    return known


def limit_by_token(token: "ApiToken") -> None:
    """Cut the limit of the user of `token`, as `core.access.tokens.token_with` found it.

    Before the user is limited to permissions: superusers are not limited to websites.
    """
    setattr(token.user, HAS_LIMIT, token.__dict__["user_limit"])
    own = websites_of(token.user)
    if token.__dict__["token_limit"]:
        from core.access.websites import TokenWebsite

        named = _ids(TokenWebsite.objects.filter(token=token.pk))
        setattr(token.user, KNOWN, named if own is None else own & named)


def is_limited(user: Any) -> bool:
    """Return whether `user` is limited to websites."""
    return websites_of(user) is not None


def check_treatment(user: Any, treatment: Treatment) -> None:
    """Raise OutsideWebsites where `user` is limited and is refused for that."""
    if treatment is Treatment.REFUSED and is_limited(user):
        raise OutsideWebsites


def limit_rows(rows: QuerySet[Rows], user: Any, path: str) -> QuerySet[Rows]:
    """Return those of `rows` whose website, at `path`, `user` may see."""
    return rows_within(rows, websites_of(user), path)


def rows_within(rows: QuerySet[Rows], websites: Websites, path: str) -> QuerySet[Rows]:
    """Return those of `rows` whose website, at `path`, is one of `websites` (None: all)."""
    return rows if websites is None else rows.filter(**{f"{path}__in": sorted(websites)})


def is_within(website: int | None, websites: Websites) -> bool:
    """Return whether a row of this website may be seen by somebody with this limit."""
    return websites is None or website in websites


def may_see(named: Collection[int], websites: Websites) -> bool:
    """Return whether what covers the `named` websites (none: all) covers one of the limit."""
    return websites is None or not named or not websites.isdisjoint(named)


def may_change(named: Collection[int], websites: Websites) -> bool:
    """Return whether what covers the `named` websites (none: all) is within the limit."""
    return websites is None or (bool(named) and websites.issuperset(named))


def check_covers(user: Any, named: Collection[int]) -> None:
    """Raise OutsideWebsites unless `user` may change what covers the `named` websites."""
    if not may_change(named, websites_of(user)):
        raise OutsideWebsites


def findings_within(problems: Iterable[Problem], websites: Websites) -> list[Problem]:
    """Return those of `problems` that somebody with this limit is shown.

    A row that does not exist is refused like a row of another website: where nothing else is wrong,
    raises OutsideWebsites.
    """
    found = list(problems)
    if websites is None or not found:
        return found
    shown = [one for one in found if not _is_of_unknown_row(one)]
    if not shown:
        raise OutsideWebsites
    return shown


def _is_of_unknown_row(problem: Problem) -> bool:
    is_website = (problem.field, problem.code) == ("websites", "unknown_choice")
    return is_website or problem.code in UNKNOWN_ROWS


def load_limits_with_users() -> None:
    """Have the query that reads the user of a session say whether there is a limit.

    So somebody without a limit costs no query of its own, whatever backend logged them in.
    """
    from django.contrib.auth.backends import ModelBackend

    ModelBackend.get_user = _get_user  # type: ignore[method-assign,assignment]


def _get_user(backend: Any, user_id: int) -> "User | None":
    from django.contrib.auth.models import User

    from core.access.websites import user_has_limit

    rows = User._default_manager.annotate(**{HAS_LIMIT: user_has_limit("pk")})
    user = rows.filter(pk=user_id).first()
    return user if user is not None and backend.user_can_authenticate(user) else None


def _stored_limit(user: "User") -> Websites:
    if user.is_superuser or not getattr(user, HAS_LIMIT, True):
        return None
    from core.access.websites import GroupWebsite, UserWebsite

    own = _ids(UserWebsite.objects.filter(user=user.pk))
    of_groups = _ids(GroupWebsite.objects.filter(group__user=user.pk))
    if not own or not of_groups:
        return own or of_groups or None
    return own & of_groups


def _ids(rows: QuerySet[Any]) -> frozenset[int]:
    return frozenset(rows.values_list("website", flat=True))
