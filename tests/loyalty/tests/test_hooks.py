"""What the app hangs in is there, for those who may see it; for others it is not."""

import xml.etree.ElementTree as ElementTree

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db.models import Q
from django.urls import reverse

from core.audit import record
from core.clock import now
from customers.admin.tabs import CUSTOMER_TABS
from customers.models import AuditAction, AuditEntry, DirtyCustomer
from segments.admin import cards
from segments.editing.activation import set_active
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.engine.live_changes.changed_customers import process_changes
from segments.export.columns import COLUMNS, stored_column
from segments.export.members import export_members
from segments.models import Segment
from segments.refresh import refresh_segment
from tests.factories.clients import staff_user
from tests.loyalty.accounts import give_tier
from tests.loyalty.models import LoyaltyAccount, PointsEntry, PointsScore, Reward, Tier
from tests.loyalty.scores import write_scores

pytestmark = pytest.mark.django_db

VIEW = "segments.view_segment"
MEMBERS = "segments.view_members"
SCORES = "loyalty.view_pointsscore"
ENTRIES = "loyalty.view_pointsentry"
EXPORT = "segments.export_members"
PERSONAL = "customers.view_personal_data"


def test_its_file_is_imported_with_the_shops_own(importer):
    report = importer(customers="id\nC1\n", loyalty_accounts="customer,points,tier\nC1,7,gold\n")
    assert [file.created for file in report.files] == [1, 1]
    account = LoyaltyAccount.objects.get()
    assert (account.customer.external_id, account.points, account.tier) == ("C1", 7, "gold")


@pytest.fixture
def segment(make_customer, make_segment):
    """Two members with scores, one of them awkward."""
    ann = make_customer("1", first_name="Ann", last_name="<b>Lee</b>", email="ann@shop.example")
    make_customer("2", first_name="Bob", last_name="Ray")
    LoyaltyAccount.objects.create(customer=ann, points=3, card="=SECRET-17")
    PointsEntry.objects.create(customer=ann, points="12.5", reason="<i>gift</i>", at=now())
    write_scores()
    segment = make_segment("All", code="all")
    refresh_segment(segment)
    return segment


def tab_of(segment, name="loyalty"):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


# A tab of a segment -----------------------------------------------------------------------------


def test_its_tab_stands_behind_ours_and_shows_its_page(boss, segment):
    page = boss.get(tab_of(segment))
    names = [tab.name for tab in page.context["tabs"]]
    html = page.content.decode()

    assert names[-3:] == ["mail", "alerts", "loyalty"]
    assert f'href="{tab_of(segment)}" aria-current="page"' in html
    assert f'href="{tab_of(segment)}"' in boss.get(tab_of(segment, "change")).content.decode()
    assert "12.5" in html
    assert "&lt;b&gt;Lee" in html
    assert "<b>Lee" not in html
    look = AuditEntry.objects.filter(action="viewed", name="all").latest("pk")
    assert look.after == {"page": "loyalty", "customers": ["1", "2"]}
    assert boss.post(tab_of(segment)).status_code == 405


@pytest.mark.parametrize(
    "permissions", [(VIEW,), (VIEW, SCORES), (VIEW, MEMBERS), (MEMBERS, SCORES)]
)
def test_its_tab_is_neither_shown_nor_opened_without_all_permissions(clerk, segment, permissions):
    client = clerk(*permissions)

    assert client.get(tab_of(segment)).status_code == 403
    if VIEW in permissions:
        shown = client.get(tab_of(segment, "history")).context["tabs"]
        assert "loyalty" not in [tab.name for tab in shown]
    assert clerk(VIEW, MEMBERS, SCORES).get(tab_of(segment)).status_code == 200


# A tab of a customer ----------------------------------------------------------------------------


def test_its_tab_of_a_customer_is_there_for_those_who_may_see_it(boss, clerk, segment):
    (member, _other) = segment.memberships.order_by("customer_id")
    address = reverse("admin:customers_customer_points", args=[member.customer_id])
    html = boss.get(address).content.decode()

    assert CUSTOMER_TABS.find("points")
    assert "&lt;i&gt;gift" in html
    assert "12.5" in html
    client = clerk("customers.view_customer")
    assert client.get(address).status_code == 403
    change = reverse("admin:customers_customer_change", args=[member.customer_id])
    assert address not in client.get(change).content.decode()
    assert address in clerk("customers.view_customer", ENTRIES).get(change).content.decode()


# A report ---------------------------------------------------------------------------------------


def test_its_report_is_in_the_menu_with_chart_table_and_csv(boss, segment):
    address = reverse("admin:segments_segment_report", args=["points"])
    page = boss.get(address).content.decode()

    assert f'href="{address}"' in boss.get(reverse("admin:index")).content.decode()
    assert "Who got them." in page
    assert "12.50" in page
    csv = boss.get(reverse("admin:segments_segment_report_csv", args=["points"]))
    assert csv.content.decode() == "Segment,Points\r\nAll,12.5000\r\n"


def test_its_report_is_not_there_for_those_who_may_not_see_it(clerk, segment):
    client = clerk(VIEW)
    address = reverse("admin:segments_segment_report", args=["points"])

    assert client.get(address).status_code == 403
    assert client.get(address.rstrip("/") + ".csv").status_code == 403
    assert address not in client.get(reverse("admin:index")).content.decode()
    assert clerk(VIEW, ENTRIES).get(address).status_code == 200


# A card of the overview -------------------------------------------------------------------------


def test_its_card_stands_on_the_overview(boss, segment):
    html = boss.get(reverse("admin:index")).content.decode()

    assert 'id="overview-loyalty"' in html
    assert "Customers with a score</dt><dd>2" in html


def test_its_card_is_not_there_for_those_who_may_not_see_it(clerk, segment):
    index = reverse("admin:index")

    assert "overview-loyalty" not in clerk(VIEW).get(index).content.decode()
    assert "overview-loyalty" not in clerk(SCORES).get(index).content.decode()
    assert "overview-loyalty" in clerk(VIEW, SCORES).get(index).content.decode()


def test_a_card_that_takes_too_long_is_left_out_and_the_page_comes(boss, segment, monkeypatch):
    monkeypatch.setattr(cards, "SECONDS", 0)

    html = boss.get(reverse("admin:index")).content.decode()

    assert "Customers with a score" not in html
    assert "Counting took too long" in html
    assert "Segments at a glance" in html


# Columns of exports -----------------------------------------------------------------------------


def export(segment, format="csv", user=None, **options):
    return b"".join(export_members(segment, format, user=user, **options)).decode()


def test_a_score_is_exported_as_csv_and_xml_the_same_on_every_database(segment):
    PointsScore.objects.filter(customer__external_id="2").delete()
    columns = ["id", "loyalty.score", "loyalty.card"]

    assert export(segment, columns=columns) == (
        "id,loyalty.score,loyalty.card\r\n1,12.5,'=SECRET-17\r\n2,,\r\n"
    )
    written = export(segment, "xml", columns=columns)
    assert (
        '<customer id="1"><loyalty.score>12.5</loyalty.score>'
        "<loyalty.card>=SECRET-17</loyalty.card></customer>\n"
        '<customer id="2"><loyalty.score></loyalty.score><loyalty.card></loyalty.card></customer>\n'
    ) in written
    assert ElementTree.fromstring(written).findtext("count") == "2"


@pytest.mark.parametrize(
    ("field", "written"),
    [("points", "3"), ("tier", "gold"), ("card", "'=SECRET-17"), ("customer_id", None)],
)
def test_how_a_column_is_written_follows_from_its_field(segment, monkeypatch, field, written):
    LoyaltyAccount.objects.update(tier="gold")
    monkeypatch.setattr(COLUMNS, "_found", dict(COLUMNS._found))
    if written is None:  # A key names rows of the database, which nobody outside of it knows.
        with pytest.raises(ValueError, match="cannot be exported: OneToOneField"):
            stored_column("loyalty.own", "Own", LoyaltyAccount, field)
        return
    COLUMNS.register(stored_column("loyalty.own", "Own", LoyaltyAccount, field))
    assert export(segment, columns=["loyalty.own"]) == f"loyalty.own\r\n{written}\r\n\r\n"


def test_of_several_rows_of_a_customer_one_is_exported(segment, monkeypatch):
    PointsEntry.objects.create(
        customer=PointsEntry.objects.get().customer, points=1, reason="later", at=now()
    )
    monkeypatch.setattr(COLUMNS, "_found", dict(COLUMNS._found))
    COLUMNS.register(stored_column("loyalty.reason", "Reason", PointsEntry, "reason"))
    later = Q(reason="later")
    COLUMNS.register(stored_column("loyalty.last", "Last", PointsEntry, "points", where=later))
    written = export(segment, columns=["loyalty.reason", "loyalty.last"])
    assert written.splitlines()[1:] == ["<i>gift</i>,1", ","]


def test_a_column_needs_its_permission_and_a_personal_one_that_of_personal_data(segment):
    user = staff_user("clerk", EXPORT)
    for column, permission in (("loyalty.score", SCORES), ("loyalty.card", PERSONAL)):
        with pytest.raises(PermissionDenied):
            export_members(segment, "csv", user=user, columns=["id", column])
        user = staff_user("clerk", EXPORT, permission)
        assert export(segment, user=user, columns=["id", column])
        user = staff_user("clerk", EXPORT)


def test_the_export_page_offers_what_one_may_have(boss, clerk, segment):
    address = tab_of(segment, "exports")

    def offered(client):
        return {name for name, _label, _usual in client.get(address).context["columns"]}

    assert {"loyalty.score", "loyalty.card"} <= offered(boss)
    assert 'value="loyalty.score"> Loyalty score' in boss.get(address).content.decode()
    assert offered(clerk(VIEW, EXPORT)).isdisjoint({"loyalty.score", "loyalty.card"})
    assert offered(clerk(VIEW, EXPORT, SCORES)) >= {"loyalty.score"}
    download = reverse("admin:segments_segment_export", args=[segment.pk, "csv"])
    asked = {"columns": ["id", "loyalty.score"]}
    assert b"".join(boss.get(download, asked)) == b"id,loyalty.score\r\n1,12.5\r\n2,0\r\n"
    assert clerk(VIEW, EXPORT).get(download, asked).status_code == 403


def test_the_command_exports_it_too(segment, tmp_path):
    file = tmp_path / "members.csv"
    columns = "id,loyalty.score"
    call_command("export_segment", "all", format="csv", output=str(file), columns=columns)
    assert file.read_bytes() == b"id,loyalty.score\r\n1,12.5\r\n2,0\r\n"


# An audit subject -------------------------------------------------------------------------------


def test_its_deeds_stand_in_the_audit_log_by_their_own_kind(boss, clerk, segment):
    give_tier(LoyaltyAccount.objects.get(), Tier.GOLD, author=User.objects.get(username="boss"))

    entry = AuditEntry.objects.get(subject="loyalty.tier")
    assert (entry.username, entry.name) == ("boss", "1")
    assert (entry.before, entry.after) == ({"tier": ""}, {"tier": "gold"})
    log = reverse("admin:customers_auditentry_changelist")
    page = boss.get(log, {"subject__exact": "loyalty.tier"})
    assert page.context["cl"].result_count == 1
    assert "loyalty tier" in page.content.decode()
    assert clerk(VIEW).get(log).status_code == 403


def test_a_deed_of_a_kind_that_nobody_registered_is_an_error():
    with pytest.raises(ValueError, match="nothing_such"):
        record(None, AuditAction.CHANGED, "nothing_such", "1")


# Who uses a segment -----------------------------------------------------------------------------


@pytest.fixture
def reward(segment):
    return Reward.objects.create(name="<Bonus>", segment_code="all", points=5)


def delete_by_api(client, code):
    address = reverse("api:segment", args=[code])
    return client.delete(address, headers={"If-Match": "*"})


def test_a_segment_that_it_uses_is_not_deleted_and_its_use_is_named(boss, segment, reward):
    answer = delete_by_api(boss, "all")
    body = answer.json()

    assert (answer.status_code, body["used_by"]) == (409, [f"reward:{reward.pk}"])
    assert "“<Bonus>”" in body["detail"]
    page = boss.get(reverse("admin:segments_segment_delete", args=[segment.pk]))
    assert "“&lt;Bonus&gt;” refers to “All”" in page.content.decode()
    with pytest.raises(SegmentInUse, match="Bonus"):
        delete_segments([segment])
    assert Segment.objects.exists()


def test_a_use_that_does_not_hold_it_is_shown_only(boss, segment, reward):
    Reward.objects.update(is_active=False)
    html = boss.get(tab_of(segment, "used_by")).content.decode()

    assert "&lt;Bonus&gt;" in html
    assert reverse("admin:loyalty_reward_change", args=[reward.pk]) in html
    assert "5 points" in html
    assert delete_by_api(boss, "all").status_code == 204
    assert Reward.objects.exists()


def test_a_segment_that_is_on_again_pays_nobody_by_itself(segment, reward):
    set_active([segment], False)
    assert Reward.objects.get().is_active
    set_active([segment], True)
    assert not Reward.objects.get().is_active


def test_whoever_defines_a_segment_anew_is_told_what_follows(boss, segment, reward):
    address = reverse("api:segment", args=["all"])

    def warned(**changed):
        answer = boss.patch(
            address, changed, content_type="application/json", headers={"If-Match": "*"}
        )
        assert answer.status_code == 200
        return [one["code"] for one in answer.json()["warnings"]]

    assert "paid_rewards" in warned(name="Everybody")
    Reward.objects.update(is_active=False)
    assert "paid_rewards" not in warned(name="All")


def test_who_may_not_see_what_uses_it_learns_only_that_something_does(clerk, segment, reward):
    client = clerk(VIEW, "segments.delete_segment")
    answer = delete_by_api(client, "all")

    assert (answer.status_code, answer.json()["used_by"]) == (409, [])
    assert answer.json()["detail"] == "“All” is used by Rewards (1)."
    for name in ("used_by", "delete"):
        assert "Bonus" not in client.get(tab_of(segment, name)).content.decode()
    client = clerk(VIEW, "loyalty.view_reward")
    assert "Bonus" in client.get(tab_of(segment, "used_by")).content.decode()


def test_a_reward_is_for_a_segment_that_there_is(boss, segment):
    add = reverse("admin:loyalty_reward_add")
    values = {"name": "New", "points": "5", "is_active": "on"}

    assert "no such segment" in boss.post(add, values | {"segment_code": "x"}).content.decode()
    assert boss.post(add, values | {"segment_code": "all"}).status_code == 302
    assert Reward.objects.get().segment_code == "all"


# Signals ----------------------------------------------------------------------------------------


def test_it_hears_who_entered_after_commit(
    reward, segment, make_customer, django_capture_on_commit_callbacks
):
    make_customer("3")
    with django_capture_on_commit_callbacks(execute=True):
        refresh_segment(segment)

    (paid,) = PointsEntry.objects.filter(reason="<Bonus>")
    assert (paid.customer.external_id, paid.points) == ("3", 5)
    assert DirtyCustomer.objects.filter(customer_id=paid.customer_id).exists()


# Changed customers ------------------------------------------------------------------------------


def test_the_balance_of_who_has_changed_is_forgotten_and_no_other(make_customer):
    ann = make_customer("1")
    make_customer("2")
    while process_changes():
        pass
    cache.set_many({"loyalty-balance-1": 3, "loyalty-balance-2": 4})
    ann.logins.create(logged_in_at=now())
    assert process_changes() == 1
    assert cache.get_many(["loyalty-balance-1", "loyalty-balance-2"]) == {"loyalty-balance-2": 4}


def test_what_time_alone_does_changes_nobody(make_customer):
    ann = make_customer("1")
    while process_changes():
        pass
    cache.set("loyalty-balance-1", 3)
    DirtyCustomer.objects.create(customer_id=ann.pk, reason="time", at=now())
    assert process_changes() == 1
    assert cache.get("loyalty-balance-1") == 3


def test_where_everybody_may_be_concerned_all_are_forgotten(make_customer):
    make_customer("1")
    cache.set("loyalty-balance-1", 3)
    DirtyCustomer.objects.create(customer_id=None, reason="event", at=now())
    process_changes()
    assert cache.get("loyalty-balance-1") is None


def test_operators_see_what_is_owed(client, make_customer):
    for number, (tier, points) in enumerate([("gold", 5), ("gold", 7), ("silver", None)]):
        LoyaltyAccount.objects.create(customer=make_customer(str(number)), tier=tier, points=points)
    found = client.get("/metrics").content.decode()
    assert 'tranche_loyalty_points{tier="gold"} 12.0' in found
    assert 'loyalty_points{tier="silver"}' not in found
