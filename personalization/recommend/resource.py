"""Recommendation rules as a resource: writable fields and refusals."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from core.api.parsing import ExactTextField
from core.problems import Problem
from core.resources.fields import Checked, CheckedField, CodesField, DocumentField, TextsField
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks, ends_after_start
from core.text.formats import in_quotes
from customers.models import Category, Product, ProductAttributeValue, Website
from personalization.audit import RULE
from personalization.conditions.audience import check_audience
from personalization.models import PersonalizationRule
from personalization.recommend.replies.question import CONTEXTS

MOST_VALUES = 1_000
MOST_DAYS, MOST_PER_CATEGORY = 3_650, 1_000
# A warning names this many unknown products or brands.
MOST_UNKNOWN = 5


class WebsiteField(CheckedField, ExactTextField):
    """The code of a website, "" for all; a website that is gone is refused where it is new."""

    def check(self, value: Any, stored: Any) -> Checked:
        if not value or Website.objects.filter(code=value).exists():
            return Checked(value)
        missing = [Problem("", "unknown_choice", _("There is no “%(code)s”.") % {"code": value})]
        return Checked(value, [], missing) if value == stored else Checked(value, missing)


class NamesProducts(ResourceSerializer):
    """Base of serializers whose rows name products and brands."""

    def warn_of_unknown_products(self, path: str, skus: Sequence[str]) -> None:
        """Warn at a field of SKUs that no product has."""
        known = Product.objects.filter(sku__in=skus).values_list("sku", flat=True)
        self._warn_of_unknown(path, skus, set(known))

    def warn_of_unknown_brands(self, path: str, brands: Sequence[str]) -> None:
        """Warn at a field of brands that no product has."""
        values = ProductAttributeValue.objects.filter(
            Q(text__in=brands) | Q(choice__in=brands), attribute__code=settings.BRAND_ATTRIBUTE
        )
        known = values.order_by().values_list("text", "choice").distinct()
        self._warn_of_unknown(path, brands, {text or choice for text, choice in known})

    def _warn_of_unknown(self, path: str, values: Iterable[str], known: set[str | None]) -> None:
        unknown = [in_quotes(one) for one in values if one not in known]
        if unknown:
            text = _("No product is or has %(names)s: look whether it is spelled so.")
            names = [*unknown[:MOST_UNKNOWN], *(["…"] if unknown[MOST_UNKNOWN:] else [])]
            self.warn(path, "unknown", text % {"names": ", ".join(names)})


class RecommendationRuleSerializer(NamesProducts):
    """A recommendation rule; null and empty lists restrict nothing."""

    website = WebsiteField(default="", allow_blank=True, max_length=64)
    contexts = TextsField(choices=CONTEXTS, default=list)
    audience = DocumentField(judge=check_audience, default=None, allow_null=True)
    exclude = TextsField(default=list, max_length=MOST_VALUES)
    brands = TextsField(default=list, max_length=MOST_VALUES)
    categories = CodesField(of=Category, default=list, max_length=MOST_VALUES)

    class Meta:
        model = PersonalizationRule
        fields: ClassVar = [
            *("code", "name", "is_active", "website", "contexts", "starts_at", "ends_at"),
            *("audience", "priority", "exclude", "bought_recently_days", "brands", "categories"),
            *("min_margin", "max_per_category", "again_share", "prefer_high_margin"),
            *("respect_brand_preferences", "version"),
        ]
        extra_kwargs: ClassVar = {
            "bought_recently_days": {"max_value": MOST_DAYS},
            "min_margin": {"least": 0, "most": 1},
            "again_share": {"least": 0, "most": 1},
            "max_per_category": {"min_value": 1, "max_value": MOST_PER_CATEGORY},
        }

    times_are_in_order = ends_after_start("starts_at", "ends_at")

    @checks("exclude")
    def products_exist(self, rule: PersonalizationRule) -> None:
        self.warn_of_unknown_products("exclude", rule.exclude)

    @checks("brands")
    def products_have_the_brands(self, rule: PersonalizationRule) -> None:
        self.warn_of_unknown_brands("brands", rule.brands)


class RecommendationRules(Resource):
    """All recommendation rules."""

    serializer = RecommendationRuleSerializer
    subject = RULE
    usual_code = "rule"


RECOMMENDATION_RULES = RecommendationRules()
