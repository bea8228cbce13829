"""The significance of each stored behaviour: by its weight, or by the shift of its session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from customers.models import ProductView
from personalization.behavior.activity import VIEW, Done, done_by, not_later
from personalization.intake.storage import Owned
from personalization.intake.stored_hooks import weight_significance
from personalization.models import Subject
from personalization.profiles.affinity import Weighed, best_codes, codes_of, products_of, weighed_of
from personalization.profiles.interest_baseline import allowing, ensure_shares, shares_of
from personalization.sessions import cut_sessions
from personalization.significance import FEWEST_VIEWS, VIEWS, shift
from personalization.significance.recalculation import recalculate_if_significant


def judge_behaviors(behaviors: Sequence[Owned], at: datetime) -> list[float]:
    """Return the significance (0..1) of each behaviour, and recalculate where it is high.

    A hook of `intake.stored_hooks`: in the transaction that stores the behaviours, whose customers
    are locked.
    """
    significances = [weight_significance(one.behavior) for one in behaviors]
    for place, shifted in session_shifts(behaviors).items():
        significances[place] = max(significances[place], shifted)
    recalculate_if_significant(behaviors, significances, at)
    return significances


@dataclass(frozen=True)
class _Session:
    """A session's last views (keys of products), and the weighed activities before the session."""

    views: Sequence[int]
    weighed: Sequence[Weighed]


def session_shifts(behaviors: Sequence[Owned]) -> dict[int, float]:
    """Return how far each view's session is from the customer's former interests, by its place.

    A shift is 0 (the same interests) to 1 (none in common), for the session up to that view; a
    significant one has the profile computed again at once. Views without a session, and behaviours
    that are no views, are left out. The number of queries does not grow with the behaviours.
    """
    places = {place: one for place, one in enumerate(behaviors) if one.behavior.type.name == VIEW}
    done = done_by(_with_views({one.customer.pk for one in places.values()}))
    if not done:
        return {}
    latest = max(one.behavior.occurred_at for one in places.values())
    weighed = weighed_of(list(done), done, latest)
    sessions = {}
    for place, one in places.items():
        key = one.customer.pk
        past = not_later(done.get(key, ()), one.behavior.occurred_at)
        session = _session_of(past, weighed.get(key, ()))
        if session is not None:
            sessions[place] = session
    if not sessions:
        return {}
    ensure_shares()
    products = products_of([one.weighed for one in sessions.values()])
    products |= {product for one in sessions.values() for product in one.views}
    codes = codes_of(products)[Subject.CATEGORY]
    shares = shares_of(Subject.CATEGORY, {code for own in codes.values() for code in own})
    return {
        place: shift(
            [set(codes.get(product, ())) for product in session.views],
            set(best_codes(session.weighed, codes, shares)),
        )
        for place, session in sessions.items()
    }


def _session_of(past: Sequence[Done], weighed: Sequence[Weighed]) -> _Session | None:
    """Return the session that `past` ends with; None where it can have no shift.

    `weighed` is all that counts of the customer's interests, of later instants too.
    """
    if not past:
        return None
    started_at = cut_sessions(past)[-1].started_at
    views = [one.product for one in past if one.type == VIEW and one.at >= started_at][-VIEWS:]
    before = [one for one in weighed if one[1] < started_at]
    if len(views) < FEWEST_VIEWS or not before:
        return None
    return _Session([one for one in views if one is not None], before)


def _with_views(customers: set[int]) -> set[int]:
    """Return the customers with enough views for a shift who allow personalization."""
    if not customers:
        return set()
    allowed = allowing().filter(pk__in=customers)
    counted = ProductView.objects.filter(customer__in=allowed).order_by().values("customer")
    enough = counted.annotate(views=Count("pk")).filter(views__gte=FEWEST_VIEWS)
    return set(enough.values_list("customer", flat=True))
