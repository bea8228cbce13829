"""What segments may ask of the loyalty programme."""

from django.utils.translation import gettext_lazy as _

from conditions.bases.column import Column
from conditions.language import choices, types
from conditions.registry import Family
from conditions.sql.place import Relation
from tests.loyalty.models import PointsEntry, Tier

POINTS_ENTRIES = Relation(
    name="points_entries",
    label=_("Loyalty points"),
    same=_("the same entry"),
    model=PointsEntry,
    prefix="points_entry",
    link="customer",
    paths={"points_entry": ""},
    time="at",
)

FAMILY = Family(
    _("Loyalty"),
    relations=[POINTS_ENTRIES],
    attributes=[
        Column(
            code="loyalty.points",
            label=_("Points"),
            type=types.INTEGER,
            paths=("loyalty_account__points",),
            minimum=0,
        ),
        Column(
            code="loyalty.tier",
            label=_("Tier"),
            type=types.CHOICE,
            paths=("loyalty_account__tier",),
            choices=choices.of_enum(Tier),
        ),
        Column(
            code="loyalty.score",
            label=_("Score"),
            type=types.NUMBER,
            paths=("points_score__value",),
        ),
        Column(
            code="points_entry.points",
            label=_("Points"),
            type=types.NUMBER,
            relation="points_entries",
            paths=("points",),
        ),
        Column(
            code="points_entry.reason",
            label=_("Reason"),
            type=types.TEXT,
            relation="points_entries",
            paths=("reason",),
        ),
        Column(
            code="points_entry.at",
            label=_("Given or taken"),
            type=types.DATETIME,
            relation="points_entries",
            paths=("at",),
        ),
    ],
)

NAMES = {
    "loyalty.points": "points, balance of points",
    "loyalty.tier": "tier, tier of the programme",
    "points_entries": "entries of points",
    "points_entries:done": "earned points, got points, collected points",
}
