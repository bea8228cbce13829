"""What the form hands to the builder, and what it is told before it saves."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils.translation import override

from conditions import registry
from core.database.time_limit import TookTooLong
from core.figures.table import Money, Share, as_text
from core.text.formats import share_shown
from segments.admin.builder.words import strings
from segments.editing.overrides import set_override
from segments.editing.saving import save_segment
from segments.insight.previews import member_changes
from segments.refresh import refresh_segment
from segments.rules.definition import definition_of

pytestmark = pytest.mark.django_db

ANNA = {"attribute": "customer.first_name", "operator": "is", "value": "Anna"}
ALL = {"match": "all", "conditions": []}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def asked(client, segment, **values):
    body = {
        "name": segment.name,
        "description": "",
        "conditions": ALL,
        "websites": [],
        "customer_groups": [],
        "applies_to": "registered",
    }
    address = reverse("admin:segments_segment_changes", args=[segment.pk])
    return client.post(address, json.dumps(body | values), content_type="application/json")


def page_data(html):
    script = re.search(r'<script id="segment-builder-data"[^>]*>(.*?)</script>', html, re.S)
    return json.loads(script[1])


def test_who_would_enter_and_leave_is_told_before_saving(boss, make_customer, make_segment):
    make_customer("A", first_name="Anna")
    make_customer("B", first_name="Bert")
    by_hand = make_customer("C", first_name="Clara")
    segment = make_segment(
        conditions=[{"attribute": "customer.first_name", "operator": "is", "value": "Bert"}]
    )
    refresh_segment(segment)
    set_override(segment, by_hand, "include", author=None)

    told = asked(boss, segment, conditions={"match": "all", "conditions": [ANNA]}).json()

    assert told["members"] == {"before": 2, "after": 2, "entering": 1, "leaving": 1}
    assert [(one["is_new"], one["words"]) for one in told["differences"]] == [
        (False, "whose first name is “Bert”"),
        (True, "whose first name is “Anna”"),
    ]


def test_where_counting_takes_too_long_the_differences_are_told(boss, make_segment, monkeypatch):
    def too_long(*arguments):
        raise TookTooLong

    monkeypatch.setattr(member_changes, "time_limit", too_long)
    told = asked(boss, make_segment(), conditions={"match": "all", "conditions": [ANNA]}).json()

    assert told["members"] is None
    assert told["differences"][-1]["words"] == "whose first name is “Anna”"


@pytest.mark.parametrize(
    "values", [{"conditions": {"match": "x"}}, {"websites": ["nowhere"]}, {"colour": "red"}]
)
def test_what_is_no_definition_is_refused(boss, make_segment, values):
    response = asked(boss, make_segment(), **values)

    assert response.status_code == 400
    assert response.json()["detail"]


def test_only_who_may_change_segments_may_ask(client, make_segment):
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_segment"))
    client.force_login(user)

    assert asked(client, make_segment()).status_code == 403


def test_only_the_first_change_of_a_copy_needs_no_question(boss, make_segment):
    segment = make_segment(conditions=[ANNA])
    address = reverse("admin:segments_segment_change", args=[segment.pk])

    def is_new_copy(asked="?copied"):
        return page_data(boss.get(address + asked).content.decode())["is_new_copy"]

    assert is_new_copy()
    assert not is_new_copy("")
    user = make_segment("User", [{"attribute": "segment", "operator": "is", "value": segment.code}])
    assert not is_new_copy()
    user.delete()
    changed = replace(definition_of(segment), conditions=ALL)
    save_segment(segment, changed, author=None)
    assert not is_new_copy()


def test_the_page_hands_over_the_saved_tree_and_the_problems_of_the_sent_one(boss, make_segment):
    segment = make_segment(conditions=[ANNA])
    address = reverse("admin:segments_segment_change", args=[segment.pk])
    wrong = {"match": "all", "conditions": [{"attribute": "</script>"}]}
    html = boss.post(
        address, {"name": "X", "opened_version": "1", "conditions": json.dumps(wrong)}
    ).content.decode()

    data = page_data(html)
    assert data["saved"]["conditions"] == [ANNA]
    assert data["problems"][0]["path"] == "conditions[0].attribute"
    assert "</script>" in data["problems"][0]["message"]
    # Words by which attributes are found are the attributes' own.
    assert "birthday" in data["keywords"]["customer.date_of_birth"]
    assert set(data["keywords"]) < {one.code for one in registry.attributes()}


def test_two_versions_are_shown_side_by_side(boss, make_segment):
    segment = make_segment()
    mine = json.dumps({"match": "all", "conditions": [ANNA]})
    definition = definition_of(segment)
    save_segment(segment, type(definition)(**vars(definition) | {"name": "Theirs"}), author=None)
    html = boss.post(
        reverse("admin:segments_segment_change", args=[segment.pk]),
        {
            "name": "Mine",
            "opened_version": "1",
            "conditions": mine,
            "applies_to": "registered",
            "refresh_mode": "auto",
            "priority": "0",
        },
    ).content.decode()

    rows = re.findall(r'<tr class="segment-differs">(.*?)</tr>', html, re.S)
    cells = [re.findall(r"<td>(.*?)</td>", row, re.S) for row in rows]
    assert cells == [
        ["Theirs", "Mine"],
        ["All customers.", "Customers whose first name is “Anna”."],
    ]
    assert page_data(html)["theirs"] == ALL
    segment.refresh_from_db()
    assert segment.name == "Theirs"


def test_texts_with_numbers_have_a_form_for_one_and_for_many():
    customers = strings()["customers"]

    assert (customers[1], customers[2]) == ("%(count)s customer", "%(count)s customers")


def test_a_percentage_is_rounded_as_the_browser_rounds_it():
    assert [share_shown(share) for share in (0.0096, 0.0094, 0.0025, 1.0)] == [
        "1%",
        "0.9%",
        "0.3%",
        "100%",
    ]


def test_amounts_and_averages_are_rounded_not_cut_off(settings):
    settings.BASE_CURRENCY = "EUR"

    assert as_text(Money(Decimal("1234.5678"))) == "€1,234.57"
    # Below one another they have the same number of decimals.
    assert as_text(Money(Decimal(4606))) == "€4,606.00"
    assert as_text(Share(0.22)) == "22.0%"
    with override("de"):
        assert as_text(Share(1.0)) == "100,0\xa0%"
    assert as_text(2.999) == "3.00"
