"""A segment with the filters of the list of customers as its conditions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from customers.admin.filters import LIST_STEPS, ListStep
from customers.models import CustomerGroup, Website
from customers.models.identity.customer import CustomerKind
from segments.admin.new_segments.prefilled import NEEDED, builder_url

KIND = "kind__exact"
ATTRIBUTES: Mapping[str, str] = {
    KIND: "customer.kind",
    "website__id__exact": "customer.website",
    "group__id__exact": "customer.group",
}
# Only active customers are in segments.
ACTIVE = ("is_active__exact", ["1"])


def segment_of_list(
    user: User | AnonymousUser, filters: Mapping[str, Sequence[str]], search: str
) -> ListStep | None:
    """Return a link to the builder with `filters` as conditions, or a sentence why there is none.

    Return None for a user who may not build segments, and where nothing would be a condition.
    """
    chosen = {key: value for key, value in filters.items() if (key, value) != ACTIVE}
    if not user.has_perms(NEEDED) or not (chosen or search):
        return None
    if search or chosen.keys() - ATTRIBUTES.keys():
        return ListStep(
            _(
                "A segment can follow the filters by kind, website and customer group. It has no "
                "condition for a search, inactive customers or the number of segments."
            )
        )
    names: list[str] = []
    conditions = []
    for key, values in chosen.items():
        found = [_choice(key, value) for value in values]
        if not all(code for _name, code in found):
            return None
        names += [name for name, _code in found]
        conditions.append(_condition(ATTRIBUTES[key], [code for _name, code in found]))
    url = builder_url(user, ", ".join(names), conditions)
    return ListStep(_("Make a segment of this filter"), url)


def _condition(attribute: str, codes: Sequence[str]) -> dict[str, Any]:
    if len(codes) == 1:
        return {"attribute": attribute, "operator": "is", "value": codes[0]}
    # The list shows customers with any of the values.
    return {"attribute": attribute, "operator": "is_one_of", "value": codes}


def _choice(key: str, value: str) -> tuple[str, str]:
    """Return the name and the code of what a filter selects; "" for a value that is none."""
    if key == KIND:
        return (str(CustomerKind(value).label), value) if value in CustomerKind else ("", "")
    model = Website if key.startswith("website") else CustomerGroup
    rows = model.objects.values_list("pk", "name", "code")
    # Compared as texts: `value` may be no number, or one with thousands of digits.
    return next(((name, code) for pk, name, code in rows if str(pk) == value), ("", ""))


LIST_STEPS.register(segment_of_list)
