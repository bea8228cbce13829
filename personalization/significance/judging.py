"""The significance of each stored behaviour: by its weight, or by the shift of its session."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from customers.models import Customer, ProductView
from personalization.behavior.activity import VIEW, Done, done_by, until
from personalization.intake.keeping import Owned
from personalization.intake.stored_hooks import weight_significance
from personalization.models import Subject
from personalization.profiles.affinity import best, codes_of, products_of, weighed_of
from personalization.profiles.interest_baseline import allowing, ensure_shares, shares_of
from personalization.sessions import cut
from personalization.significance.recalculation import recalculate_if_significant
from personalization.significance.shift import FEWEST_VIEWS, VIEWS, shift

INSTANT = timedelta(microseconds=1)


def judge_behaviors(behaviors: Sequence[Owned], at: datetime) -> list[float]:
    """Return the significance (0..1) of each behaviour, and recalculate where it is high.

    A hook of `intake.stored_hooks`: in the transaction that stores the behaviours, whose customers
    are locked.
    """
    viewing = {one.customer.pk for one in behaviors if one.behavior.type.name == VIEW}
    shifting = _with_views(viewing)
    done = {key: done_by([key]).get(key, []) for key in shifting}
    significances = []
    for one in behaviors:
        behavior = one.behavior
        significance = weight_significance(behavior)
        if behavior.type.name == VIEW and one.customer.pk in done:
            moved = session_shift(one.customer, done[one.customer.pk], behavior.occurred_at)
            significance = max(significance, moved)
        significances.append(significance)
    recalculate_if_significant(behaviors, significances, at)
    return significances


def session_shift(customer: Customer, done: Sequence[Done], at: datetime) -> float:
    """Return the shift of the session of a view at an aware instant, that view included.

    `done` is all that the customer did, in the order of time.
    """
    past = until(done, at)
    started_at = cut(past)[-1].started_at
    views = [one.product for one in past if one.type == VIEW and one.at >= started_at][-VIEWS:]
    if len(views) < FEWEST_VIEWS:
        return 0.0
    before = started_at - INSTANT
    weighed = weighed_of([customer.pk], {customer.pk: done}, before).get(customer.pk, ())
    if not weighed:
        return 0.0
    ensure_shares()
    products = products_of([weighed]) | {product for product in views if product is not None}
    codes = codes_of(products)[Subject.CATEGORY]
    shares = shares_of(Subject.CATEGORY, {code for own in codes.values() for code in own})
    categories = [set(codes.get(product, ())) for product in views if product is not None]
    return shift(categories, set(best(weighed, codes, shares)))


def _with_views(customers: set[int]) -> set[int]:
    """Return who has enough views for a shift, and allows that their interests are computed."""
    if not customers:
        return set()
    allowed = allowing().filter(pk__in=customers).values_list("pk", flat=True)
    rows = ProductView.objects.order_by().values("pk")
    return {key for key in allowed if len(rows.filter(customer=key)[:FEWEST_VIEWS]) == FEWEST_VIEWS}
