"""The interests of all customers together."""

from collections.abc import Iterator
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from customers.models import Category
from personalization.api.profiles.customer import NEEDED
from personalization.api.profiles.responses import InterestsSerializer
from personalization.models import InterestShare, Subject
from personalization.profiles.interest_baseline import ensure_shares, shares_as_of

# At most this many categories and brands each, those with the largest shares.
MOST = 1_000


class Interests(Endpoint):
    """The shares of categories and brands in the interest of all who allow it, as of last night."""

    operations: ClassVar = {
        "GET": Operation(
            NEEDED, Answer(InterestsSerializer), summary="List interests of all customers"
        )
    }

    def get(self, request: Request) -> Response:
        ensure_shares()
        categories = list(_largest(Subject.CATEGORY))
        names = dict(
            Category.objects.filter(code__in=[one.code for one in categories]).values_list(
                "code", "name"
            )
        )
        shares = {
            "as_of": shares_as_of(),
            "categories": categories,
            "brands": list(_largest(Subject.BRAND)),
        }
        return Response(InterestsSerializer(shares, context={"names": names}).data)


def _largest(subject: Subject) -> Iterator[Any]:
    rows = InterestShare.objects.filter(subject=subject).order_by("-share", "code")
    yield from rows[:MOST]
