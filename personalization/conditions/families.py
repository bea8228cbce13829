"""Condition families of segments: profiles, consent, and behaviour."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conditions.bases.column import Column
from conditions.language import choices, types
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase
from conditions.registry import Beginning, Family, rows
from conditions.sql.place import Relation
from customers.models import ConsentState, Purpose
from personalization.conditions.attributes import (
    PROFILE,
    Arms,
    BestBrands,
    BestInterests,
    ProfileColumn,
    ProfileCount,
    Said,
    Score,
)
from personalization.conditions.lifestyle import LIFESTYLE, SEEN_BY
from personalization.models import Assignment, BehaviorEvent, CustomerBrand
from personalization.models.behavior.types import DEVICES, TYPES
from personalization.properties.attributes import DeclaredProperties, JsonAttribute
from personalization.properties.choices import of_json

# Behaviour types that the shop's own tables hold, with the condition to use for each.
ELSEWHERE: Mapping[str, str] = {
    "product_viewed": "product_view.*",
    "wishlist_added": "wishlist_item.*",
    "login": "login.*",
}


def behaviors(number: int) -> str:
    """Return the noun for `number` rows of behaviour."""
    return ngettext("behaviour", "behaviours", number)


def _types() -> choices.Choices:
    """Return the types of behaviour: those that stand in rows, and those that we know."""
    stored = choices.of_column(BehaviorEvent, "behavior_type")

    def labels(codes: Collection[str]) -> choices.Labels:
        return {**stored.labels(codes), **{code: code for code in codes if code in TYPES}}

    def suggest(text: str, limit: int) -> choices.Labels:
        ours = {
            name: name
            for name, kind in TYPES.items()
            if text.lower() in name and not kind.is_shop_fact
        }
        return dict(list({**ours, **stored.suggest(text, limit)}.items())[:limit])

    return replace(stored, labels=labels, suggest=suggest)


BEHAVIORS = Relation(
    name="behaviors",
    label=_("Behaviours"),
    same=_("the same behaviour"),
    model=BehaviorEvent,
    prefix="behavior",
    link="customer",
    paths={"behavior": ""},
    time="occurred_at",
    phrase=RowsPhrase(
        some=_("have shown a behaviour%(where)s"),
        none=_("have shown no behaviour%(where)s"),
        every=_("have shown behaviours, each of them%(where)s"),
        count=_("have shown %(value)s%(where)s"),
        rows=_("their behaviours"),
        any=_("have among their behaviours one%(where)s"),
        not_any=_("have among their behaviours none%(where)s"),
        unit=behaviors,
        figures={
            ("sum", ""): (
                _("{whose|their} %(of)s adds up to %(value)s over behaviours%(where)s"),
                _("{whose|their} %(of)s does not add up to %(value)s over behaviours%(where)s"),
            )
        },
        event=EventPhrase(
            did=_("showed a behaviour%(where)s"),
            did_not=_("did not show a behaviour%(where)s"),
            did_same=_("showed a behaviour about the same product%(where)s"),
            did_not_same=_("did not show a behaviour about the same product%(where)s"),
        ),
    ),
)


def _of_profile(kind: type[Any], code: str, label: Any, column: str, **more: Any) -> Any:
    return kind(
        code=f"personalization.{code}",
        label=label,
        paths=(f"{PROFILE}__{column}",),
        permissions=SEEN_BY,
        **more,
    )


def _consent_attribute(code: str, label: Any, purpose: Purpose) -> Said:
    return Said(
        code=f"personalization.{code}",
        label=label,
        type=types.CHOICE,
        choices=choices.of_enum(ConsentState),
        purpose=purpose,
        too_common=True,
        meant=ConsentState.GRANTED.value,
        permissions=SEEN_BY,
    )


def _of_row(code: str, label: Any, column: str, has: Any, **more: Any) -> Column:
    return Column(
        code=f"behavior.{code}",
        label=label,
        relation="behaviors",
        paths=(column,),
        phrase=Phrase(has),
        **more,
    )


def _of_json(key: str, label: Any, has: Any, type_: types.ValueType, **more: Any) -> JsonAttribute:
    return JsonAttribute(
        code=f"behavior.{key}",
        label=label,
        relation="behaviors",
        phrase=Phrase(has),
        type=type_,
        key=key,
        **more,
    )


PROFILES = Family(
    _("Personalization"),
    attributes=[
        Score(
            code="personalization.engagement",
            label=_("Engagement (0 to 100)"),
            type=types.NUMBER,
            always_known=True,
            minimum=0,
            maximum=100,
            comparable=False,
            values_only=True,
            permissions=SEEN_BY,
            search_words=_("active activity engaged score"),
        ),
        _of_profile(
            ProfileCount,
            "sessions_count",
            _("Sessions"),
            "sessions_count",
            type=types.INTEGER,
            always_known=True,
            minimum=0,
            search_words=_("visits visited"),
        ),
        _of_profile(
            ProfileColumn,
            "last_activity_at",
            _("Last activity"),
            "last_activity_at",
            type=types.DATETIME,
            search_words=_("active inactive asleep"),
        ),
        BestInterests(
            code="personalization.interest",
            label=_("Most interested in category"),
            type=types.CATEGORY,
            choices=choices.CATEGORIES,
            many=True,
            too_common=True,
            permissions=SEEN_BY,
            search_words=_("interests likes affinity"),
        ),
        BestBrands(
            code="personalization.brand",
            label=_("Most interested in brand"),
            type=types.SET,
            choices=choices.of_column(CustomerBrand, "brand"),
            model=CustomerBrand,
            owner="customer",
            column="brand",
            many=True,
            too_common=True,
            permissions=SEEN_BY,
            search_words=_("interests likes affinity"),
        ),
        Arms(
            code="personalization.in_experiment",
            label=_("Variant of an experiment"),
            type=types.SET,
            choices=choices.of_column(Assignment, "arm"),
            model=Assignment,
            owner="customer",
            column="arm",
            many=True,
            too_common=True,
            permissions=SEEN_BY,
            search_words=_("experiment test A/B control"),
        ),
        _consent_attribute("tracking", _("Consent to tracking"), Purpose.TRACKING),
        _consent_attribute(
            "personalization_consent", _("Consent to personalization"), Purpose.PERSONALIZATION
        ),
    ],
)
_OF_TYPE = {"attribute": "behavior.type", "operator": "is_one_of"}
_EVENTS = _("event events custom metric performed score property total sum did")
BEHAVIOR = Family(
    _("Behaviour"),
    relations=[BEHAVIORS],
    attributes=[
        _of_row(
            "type",
            _("Type"),
            "behavior_type",
            _("of type %(value)s"),
            type=types.CHOICE,
            choices=_types(),
            asked_elsewhere=ELSEWHERE,
        ),
        _of_row(
            "channel",
            _("Channel"),
            "channel",
            _("by channel %(value)s"),
            type=types.CHOICE,
            choices=choices.of_column(BehaviorEvent, "channel"),
        ),
        _of_row("occurred_at", _("Time"), "occurred_at", _("%(value)s"), type=types.DATETIME),
        _of_row(
            "search_query",
            _("Search query"),
            "search_query",
            _("with search query %(value)s"),
            type=types.TEXT,
            as_written=True,
        ),
        _of_json(
            "sku", _("SKU"), _("about SKU %(value)s"), types.TEXT, search_words=_("product article")
        ),
        _of_json(
            "category",
            _("Category"),
            _("about category %(value)s"),
            types.CATEGORY,
            choices=choices.CATEGORIES,
        ),
        _of_json(
            "path",
            _("Page path"),
            _("on page %(value)s"),
            types.TEXT,
            search_words=_("url address visited website"),
        ),
        _of_json(
            "campaign",
            _("Campaign as sent"),
            _("of campaign %(value)s"),
            types.TEXT,
            search_words=_("mail newsletter email"),
        ),
        _of_json("content", _("Content"), _("of content %(value)s"), types.TEXT),
        _of_json("element", _("Element"), _("at element %(value)s"), types.TEXT),
        _of_json("variant", _("Variant"), _("of variant %(value)s"), types.TEXT),
        _of_json(
            "recommendation", _("Recommendation"), _("of recommendation %(value)s"), types.TEXT
        ),
        _of_json("quantity", _("Quantity"), _("of quantity %(value)s"), types.NUMBER),
        _of_json(
            "device",
            _("Device"),
            _("on device %(value)s"),
            types.CHOICE,
            document="context",
            options=tuple(DEVICES),
            choices=choices.of_options(lambda: {code: str(name) for code, name in DEVICES.items()}),
            too_common=True,
            search_words=_("phone smartphone computer"),
        ),
        _of_json(
            "traffic_source",
            _("Traffic source"),
            _("by traffic source %(value)s"),
            types.CHOICE,
            document="context",
            choices=of_json("traffic_source", "context"),
            search_words=_("utm source medium origin"),
        ),
        _of_json(
            "referrer",
            _("Referrer"),
            _("by referrer %(value)s"),
            types.TEXT,
            document="context",
            search_words=_("came from link origin"),
        ),
    ],
    of_the_shop=[DeclaredProperties()],
    beginnings=[
        Beginning(
            _("Has shown a behaviour of type … in the last … days"),
            rows(
                "behaviors",
                "exists",
                _OF_TYPE,
                {"attribute": "behavior.occurred_at", "operator": "in_last_days", "value": 30},
            ),
            _EVENTS,
        ),
        Beginning(
            _("Data of behaviours of type … adds up to … or more"),
            rows("behaviors", "sum", _OF_TYPE) | {"of": "behavior.quantity", "operator": "gte"},
            _EVENTS,
        ),
    ],
)
FAMILIES = (PROFILES, BEHAVIOR, LIFESTYLE)
