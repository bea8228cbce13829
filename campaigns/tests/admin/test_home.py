"""The card “Mail” on the first page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.tests.conftest import AT

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_what_waits_stands_before_what_comes_and_what_was_sent(admin_client, make_campaign):
    for name, state, values in (
        ("sent first", "sent", {"finished_at": AT - timedelta(days=2)}),
        ("later", "scheduled", {"send_at": AT + timedelta(days=2)}),
        ("draft", "draft", {}),
        ("sent last", "sent", {"finished_at": AT - timedelta(days=1)}),
        ("soon", "scheduled", {"send_at": AT + timedelta(days=1)}),
        ("cancelled", "cancelled", {}),
        ("now", "sending", {}),
        ("paused", "paused", {}),
    ):
        campaign = make_campaign(code=name.replace(" ", "-"))
        Campaign.objects.filter(pk=campaign.pk).update(name=name, state=state, **values)
    cards = {card.name: html for card, html in admin_client.get("/admin/").context["cards"]}
    names = ["paused", "now", "soon", "later", "sent last", "sent first"]
    places = [cards["mail"].index(f">{name}</a>") for name in names]
    assert places == sorted(places)
    assert ">draft</a>" not in cards["mail"]
    assert ">cancelled</a>" not in cards["mail"]


def test_a_shop_without_sender_gets_a_link_to_set_it_up(admin_client, request):
    def card():
        cards = {card.name: html for card, html in admin_client.get("/admin/").context["cards"]}
        return cards["mail"]

    link = reverse("admin:campaigns_mailsender_add")
    assert link in card()
    request.getfixturevalue("sender")
    assert link not in card()


def test_who_may_not_see_campaigns_has_no_card(client, django_user_model):
    user = django_user_model.objects.create_user("analyst", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_segment"))
    client.force_login(user)
    assert "mail" not in {
        card.name for card, _html in client.get(reverse("admin:index")).context["cards"]
    }
