"""Who a campaign goes to while it is written, and the customers who do not get it."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from core.access.websites import UserWebsite
from core.clock import now
from customers.models import AuditEntry, CustomerGroup, Store, Website
from segments.models import Segment

COUNT, LEFT_OUT, RECIPIENTS = (
    reverse(f"admin:campaigns_campaign_{name}") for name in ("audience", "left_out", "recipients")
)


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def members(make_segment, make_subscriber, put_into):
    """Three members of `vip`: subscribed, unsubscribed, not asked yet."""
    rows = [make_subscriber("1"), make_subscriber("2", status="unsubscribed")]
    put_into(make_segment("vip"), *rows, make_subscriber("3", status=None))
    return {"segments": "vip", "stores": "default", "match": "any"}


def test_the_count_follows_what_is_chosen(admin_client, members, rule):
    shown = admin_client.get(COUNT, members)
    assert "1 of 3 selected customers will receive it" in text_of(shown)
    links = {words: (number, url) for words, number, url in shown.context["excluded"]}
    assert links.keys() == {"unsubscribed", "not subscribed"}
    number, url = links["unsubscribed"]
    # What is as in a new campaign is not in the address.
    assert url == f"{LEFT_OUT}?segments=vip&reason=unsubscribed"
    people = admin_client.get(url)
    assert number == people.context["number"] == 1
    assert [one.external_id for one in people.context["customers"]] == ["2"]
    assert AuditEntry.objects.latest("pk").after == {
        "page": "left_out unsubscribed",
        "customers": ["2"],
    }
    CustomerGroup.objects.create(code="trade", name="Trade")
    type(rule).objects.update(customer_groups=["trade"])
    shown = admin_client.get(COUNT, members | {"coupon_rule": "ten"})
    assert "0 of 3 selected customers will receive it" in text_of(shown)
    assert "The coupon is for other customer groups" in text_of(shown)


def test_count_is_of_the_time_at_which_it_goes_out(admin_client, members, rule):
    """Catches a coupon that is judged by today, in a campaign for another day."""
    start = now() + timedelta(days=9)
    type(rule).objects.update(starts_on=start.date())
    asked = members | {"coupon_rule": "ten"}
    later = f"{start + timedelta(days=2):%Y-%m-%dT%H:%M}"
    for send_at, number in (("", 0), ("x", 0), (later, 1)):
        shown = admin_client.get(COUNT, asked | {"send_at": send_at})
        assert f"{number} of 3 selected customers" in text_of(shown)


def test_nobody_gets_coupons_of_an_inactive_rule(admin_client, members, rule):
    type(rule).objects.update(is_active=False)
    shown = text_of(admin_client.get(COUNT, members | {"coupon_rule": "ten"}))
    assert "0 of 3 selected customers" in shown
    assert "The price rule of its coupons is not active." in shown


def test_unknown_codes_count_nobody(admin_client, members):
    for typed in ({"segments": "gone"}, {"stores": "gone"}, {"segments": "a\0b"}):
        shown = admin_client.get(COUNT, members | typed | {"coupon_rule": "\0", "match": "x"})
        assert "0 of 0 selected customers" in text_of(shown)
    for reason in ("", "x", "suppressed"):
        asked = members | {"reason": reason}
        assert "Nobody is left out" in text_of(admin_client.get(LEFT_OUT, asked))


def test_the_count_says_whose_members_it_counts(admin_client, members, make_segment):
    """Deleted segments have no members: such a draft is not for everybody."""
    make_segment("New", code="new")
    for segments, match, said in (
        (["gone"], "any", "Counted: the members of gone (gone)."),
        (["vip", "new"], "any", "Counted: the members of “New”, “vip”."),
        (["vip", "new"], "all", "members of all of these: “New”, “vip”."),
        ([], "all", "No segment is chosen"),
    ):
        shown = admin_client.get(COUNT, members | {"segments": segments, "match": match})
        assert said in text_of(shown) and "left out." not in text_of(shown)


def test_segments_that_exclude_nobody_are_not_said_to(admin_client, members, make_segment):
    """Catches inactive and deleted segments named among those whose members are left out."""
    make_segment("New", code="new")
    make_segment("Old", code="old")
    Segment.objects.filter(code="old").update(is_active=False)
    asked = members | {"exclude_segments": ["old", "new", "gone"]}
    shown = text_of(admin_client.get(COUNT, asked))
    assert "Members of “New” are left out." in shown
    assert "Nobody is left out because of “Old”, gone (gone): inactive and deleted" in shown
    shown = text_of(admin_client.get(COUNT, members | {"exclude_segments": ["new"]}))
    assert "Nobody is left out" not in shown


def test_a_stored_campaign_is_named_by_its_key(admin_client, members, make_campaign):
    campaign = make_campaign(segments=["vip"])
    status = reverse("admin:campaigns_campaign_status", args=[campaign.pk])
    links = [url for _words, _number, url in admin_client.get(status).context["excluded"]]
    assert f"{LEFT_OUT}?campaign={campaign.pk}&reason=unsubscribed" in links
    asked = {"campaign": campaign.pk, "reason": "unsubscribed"}
    people = admin_client.get(LEFT_OUT, asked).context["customers"]
    assert [one.external_id for one in people] == ["2"]
    for unknown in ("0", "x", "9" * 20, "²"):
        assert admin_client.get(LEFT_OUT, asked | {"campaign": unknown}).status_code == 404


def test_every_number_leads_to_its_people(
    admin_client, members, make_campaign, make_subscriber, put_into
):
    website = Website.objects.get()
    Store.objects.create(code="other", name="Other", website=website)
    ann = make_subscriber("4", store="other", first_name="Ann", email="ann@shop.example")
    segment = Segment.objects.get(code="vip")
    put_into(segment, ann)
    campaign = make_campaign(segments=["vip"], stores=["default", "other"])
    status = admin_client.get(reverse("admin:campaigns_campaign_status", args=[campaign.pk]))
    mail = admin_client.get(reverse("admin:segments_segment_mail", args=[segment.pk]))
    urls = [status.context["recipients_url"], mail.context["recipients_url"]]
    urls += [url for _name, _number, url in status.context["by_store"]]
    for url, numbers in zip(urls, (["1", "4"], ["1", "4"], ["1"], ["4"]), strict=True):
        people = admin_client.get(url)
        assert [one.external_id for one in people.context["customers"]] == numbers
        assert people.context["number"] == len(numbers)
    assert "<td>Ann</td><td>ann@shop.example</td>" in text_of(people)
    assert AuditEntry.objects.latest("pk").after == {"page": "recipients", "customers": ["4"]}
    assert status.context["selected_url"] == reverse(
        "admin:segments_segment_members", args=[segment.pk]
    )
    # Once: the head leaves it to the page.
    assert "2 of 4 members can be mailed" in text_of(mail)
    assert "Can be mailed" not in text_of(mail).replace("Who can be mailed", "")
    nobody = admin_client.get(RECIPIENTS, {"segment": "gone"})
    assert "Nobody can be mailed now." in text_of(nobody)


def test_a_long_list_says_how_many_more_there_are(admin_client, members, monkeypatch):
    monkeypatch.setattr("campaigns.admin.campaigns.audience.MOST_SHOWN", 0)
    asked = members | {"reason": "unsubscribed"}
    assert admin_client.get(LEFT_OUT, asked).context["more"] == "1"
    monkeypatch.setattr("campaigns.admin.campaigns.audience.MOST", -1)
    assert "page after saving counts" in text_of(admin_client.get(COUNT, members))
    assert "counted, but not listed" in text_of(admin_client.get(LEFT_OUT, asked))


@pytest.mark.parametrize(
    ("permissions", "counts", "lists"),
    [
        (["campaigns.view_campaign"], 403, 403),
        (["campaigns.change_campaign"], 200, 403),
        (["campaigns.view_campaign", "segments.view_members"], 403, 200),
        (["campaigns.view_campaign", "campaigns.add_campaign", "segments.view_members"], 200, 200),
        (["segments.view_members"], 403, 403),
    ],
)
def test_people_are_listed_to_viewers_of_members(clerk, members, permissions, counts, lists):
    client = clerk(*permissions)
    shown = client.get(f"{COUNT}?{urlencode(members)}")
    assert shown.status_code == counts
    for page in (LEFT_OUT, RECIPIENTS):
        asked = members | {"reason": "unsubscribed"}
        assert client.get(page, asked).status_code == lists
    if counts == 200:
        assert ("left-out/" in text_of(shown)) is (lists == 200)


@pytest.mark.parametrize("sees_names", [True, False])
def test_names_of_non_members_need_personal_data(clerk, make_subscriber, sees_names):
    """A campaign without segments lists any subscriber, not only members."""
    make_subscriber("1", first_name="Ann Unique")
    more = ["customers.view_personal_data"] if sees_names else []
    client = clerk("campaigns.view_campaign", "segments.view_members", *more)
    shown = text_of(client.get(RECIPIENTS))
    assert "<td>1</td>" in shown
    assert ("Ann Unique" in shown, "1@shop.example" in shown) == (sees_names, sees_names)


def test_a_limited_user_counts_nothing(clerk, members):
    client = clerk("campaigns.view_campaign", "segments.view_members")
    UserWebsite.objects.create(user=client.user, website=Website.objects.get())
    assert client.get(COUNT, members).status_code == 403
    assert client.get(LEFT_OUT, members | {"reason": "unsubscribed"}).status_code == 403
