"""The page “Interests”: what all customers together are interested in, as of last night."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from core.text.formats import share_shown
from customers.models import Category
from personalization.models import InterestShare, Subject
from personalization.profiles.interest_baseline import ensure_shares, shares_as_of
from predictions.admin.single_page import OnePage

MOST = 100


@admin.register(InterestShare)
class InterestsAdmin(OnePage):
    """The shares of categories and brands, the largest first."""

    heading = gettext_lazy("Interests")
    template = "admin/personalization/recommendations/interests.html"
    needed = "personalization.view_profile"

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of the template."""
        ensure_shares()
        rows = {subject: _largest(subject) for subject in Subject}
        codes = [code for code, _share in rows[Subject.CATEGORY]]
        names = dict(Category.objects.filter(code__in=codes).values_list("code", "name"))
        categories = [(names.get(code) or code, share) for code, share in rows[Subject.CATEGORY]]
        return {
            "at": shares_as_of(),
            "most": MOST,
            "categories": categories,
            "brands": rows[Subject.BRAND],
        }


def _largest(subject: Subject) -> list[tuple[str, str]]:
    """Return code and share, shown, of those with the largest shares."""
    rows = InterestShare.objects.filter(subject=subject).order_by("-share", "code")[:MOST]
    return [(one.code, share_shown(one.share, in_column=True)) for one in rows]
