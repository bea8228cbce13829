"""Everything that the loyalty app hangs in, beside its conditions; docs/extending.md shows it."""

from django.utils.translation import gettext_lazy as _

from conditions.upkeep.stored_trees import STORED_TREES, StoredTrees
from core.access.personal import Kind
from core.audit import ACTIONS, SUBJECTS, Action, Subject
from core.gauges import GAUGES, Gauge
from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
from customers.changes.declared import Marked, declare
from customers.changes.hooks import WHEN_PROCESSED, WHEN_TOUCHED, WHEN_UNNOTICED
from customers.imports.further_files import FILES, FurtherFile
from customers.privacy.elsewhere import REMOVALS, SHARES
from customers.privacy.holdings import HOLDINGS, Holding
from customers.privacy.retention import RULES, Rule
from customers.snapshots.tables import TABLES, Exported
from segments.admin.cards import CARDS, Card
from segments.admin.tabs import SEGMENT_TABS, SegmentTab
from segments.export.columns import COLUMNS, stored_column
from segments.reports.catalogue import REPORTS, Report
from segments.rules.followers import WHEN_DEFINED, WHEN_SWITCHED_ON
from segments.rules.gallery import GROUPS, Group, Template
from segments.rules.users import USERS, UsersOfSegments
from segments.signals import customers_entered
from segments.webhooks.topics import TOPICS, Topic
from tests.loyalty.accounts import (
    ACCOUNTS_IN_FILE,
    MOVED,
    TIER,
    bring_points,
    entry_written,
    forget_balance,
    forget_balances,
    hold_rewards,
    import_accounts,
    old_entries,
    pay_rewards,
    points_owed,
    rewards_of,
    shown_to_partners,
    trees_of_rewards,
    warn_of_rewards,
)
from tests.loyalty.models import LoyaltyAccount, PointsEntry, PointsRollup, PointsScore
from tests.loyalty.pages import best_members, points_given, points_of_customer, totals
from tests.loyalty.scores import score_everybody, score_touched

SCORES = ("loyalty.view_pointsscore",)
ENTRIES = ("loyalty.view_pointsentry",)
REWARDS = ("loyalty.view_reward",)

ACCOUNTS = Holding(LoyaltyAccount, "customer", before_move=bring_points)
ENTRIES_IN_FILES = Exported(PointsEntry, ("points", "reason_folded", "at"), day="at")
OLD_ENTRIES = Rule("loyalty.pointsentry", old_entries)
BEST_MEMBERS = SegmentTab("loyalty", _("Loyalty"), best_members, SCORES, shows=Kind.NAME)
POINTS_OF_CUSTOMER = CustomerTab("points", _("Points"), points_of_customer, ENTRIES)
SCORE = stored_column("loyalty.score", _("Loyalty score"), PointsScore, "value", permissions=SCORES)
CARD_NUMBER = stored_column("loyalty.card", _("Card number"), LoyaltyAccount, "card")
POINTS_GIVEN = Report("points", _("Points"), _("Who got them."), points_given, ENTRIES)
POINTS_OWED = Gauge("loyalty_points", "Points of all accounts.", "tier", points_owed)
TOTALS = Card("loyalty", _("Loyalty"), "loyalty/totals.html", totals, SCORES)
TREES_OF_REWARDS = StoredTrees("rewards", trees_of_rewards)
ACCOUNTS_FILE = FurtherFile(ACCOUNTS_IN_FILE, import_accounts)
POINTS_WRITTEN = Topic("loyalty.points_written", _("Points written"), entry_written)
USED_BY_REWARDS = UsersOfSegments("rewards", _("Rewards"), rewards_of, REWARDS)

MANY_POINTS = Template(
    "many-points",
    _("Many points"),
    _("Has 1,000 points or more."),
    _("Tell them what they may have for these."),
    {
        "match": "all",
        "conditions": [{"attribute": "loyalty.points", "operator": "gte", "value": "1000"}],
    },
)


def register() -> None:
    """Hang all of it in; called once, when Django is ready."""
    declare(Marked(PointsScore, ("customer",), fields=("value",)))
    WHEN_TOUCHED.register(score_touched)
    WHEN_UNNOTICED.register(score_everybody)
    WHEN_PROCESSED.register(forget_balances)
    HOLDINGS.register(ACCOUNTS)
    HOLDINGS.register(Holding(PointsEntry, "customer"))
    HOLDINGS.register(Holding(PointsScore, "customer"))
    HOLDINGS.register(Holding(PointsRollup, "customer", stays=True))
    FILES.register(ACCOUNTS_FILE)
    STORED_TREES.register(TREES_OF_REWARDS)
    TABLES.register(ENTRIES_IN_FILES)
    TABLES.register(Exported(LoyaltyAccount, ("points", "tier")))
    TABLES.register(Exported(PointsScore, ("value",)))
    figures = ("complete", "website_id", "points", "entries", "last_entry_at")
    TABLES.register(Exported(PointsRollup, figures))
    RULES.register(OLD_ENTRIES)
    REMOVALS.register(forget_balance)
    SHARES.register(shown_to_partners)
    ACTIONS.register(Action(MOVED, _("moved to another tier")))
    SUBJECTS.register(Subject(TIER, _("loyalty tier"), names_customers=True))
    COLUMNS.register(SCORE)
    COLUMNS.register(CARD_NUMBER)
    REPORTS.register(POINTS_GIVEN)
    GROUPS.register(Group("loyalty", _("Loyalty"), (MANY_POINTS,)))
    SEGMENT_TABS.register(BEST_MEMBERS)
    CUSTOMER_TABS.register(POINTS_OF_CUSTOMER)
    CARDS.register(TOTALS)
    GAUGES.register(POINTS_OWED)
    USERS.register(USED_BY_REWARDS)
    WHEN_DEFINED.register(warn_of_rewards)
    WHEN_SWITCHED_ON.register(hold_rewards)
    TOPICS.register(POINTS_WRITTEN)
    customers_entered.connect(pay_rewards, dispatch_uid="loyalty")
