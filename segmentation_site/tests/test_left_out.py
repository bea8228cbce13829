"""The product without other apps: the registries are ours, and what an app left behind is shown."""

import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse

from core.audit import SUBJECTS
from core.clock import now
from customers.admin.tabs import CUSTOMER_TABS
from customers.changes.hooks import WHEN_PROCESSED, WHEN_TOUCHED, WHEN_UNNOTICED
from customers.models import AuditEntry, AuditSubject
from customers.privacy.holdings import HOLDINGS
from segments.admin.cards import CARDS
from segments.admin.pages import OURS
from segments.admin.tabs import SEGMENT_TABS
from segments.export.columns import InvalidColumns, columns_named
from segments.reports.catalogue import REPORTS
from segments.rules.users import USERS


def modules(registry):
    return {hook.__module__.partition(".")[0] for hook in registry}


def test_nothing_is_hung_in_but_what_is_ours():
    assert [tab.name for tab in SEGMENT_TABS] == [*(tab.name for tab in OURS), "mail", "alerts"]
    assert [tab.name for tab in CUSTOMER_TABS] == [
        "overview",
        "privacy",
        "segments",
        "activity",
        "scores",
        "personalization",
    ]
    ours = {
        *AuditSubject.values,
        "webhook",
        "shops.import",
        "scheduled_export",
        "price_rules.rule",
        "price_rules.coupon",
        *(f"campaigns.{one}" for one in ("campaign", "template", "sender")),
        *("campaigns.message", "campaigns.suppression", "campaigns.sync"),
        "campaigns.sequence",
        "predictions.model",
        *("priority_list", "personalization.behavior_property"),
        "personalization.placement",
        "personalization.variant",
        "personalization.content",
        *("personalization.experiment", "personalization.offer"),
        *("personalization.storefront", "personalization.allowed_address"),
        "personalization.customer_offer",
        *("personalization.rule", "personalization.recommendations"),
        *("alerts.alert", "alerts.channel", "alerts.muted"),
        *(("login.factor", "login.rights") if apps.is_installed("login") else ()),
    }
    assert {subject.name for subject in SUBJECTS} == ours
    assert [users.name for users in USERS] == [
        *("segments", "scheduled_exports", "priority_lists", "price_rules", "predictions"),
        "personalization_rules",
        "personalization.variants",
        *("personalization.experiments", "personalization.offers", "campaigns"),
        *("sequences", "syncs"),
    ]
    assert [card.name for card in CARDS] == ["mail", "alerts"]
    assert {len(modules(one)) for one in (WHEN_TOUCHED, WHEN_UNNOTICED)} == {1}
    assert modules(WHEN_TOUCHED) == {"conditions"}
    assert modules(WHEN_PROCESSED) == {"predictions", "personalization", "campaigns"}
    own = {"customers", "segments", "price_rules", "predictions", "personalization", "admin"}
    own.add("campaigns")
    assert {one.model._meta.app_label for one in HOLDINGS} == own
    assert not [report.key for report in REPORTS if "." in report.key]


@pytest.mark.django_db
def test_what_an_app_hung_in_is_unknown_when_it_is_gone(admin_client, make_segment):
    segment = make_segment()
    page = reverse("admin:segments_segment_change", args=[segment.pk]).replace("change/", "")

    chain = admin_client.get(f"{page}gone.tab/", follow=True).redirect_chain
    assert chain[-1][0] == reverse("admin:index")  # As with any address that there is not.
    report = reverse("admin:segments_segment_report", args=["gone.report"])
    assert admin_client.get(report).status_code == 404
    with pytest.raises(InvalidColumns, match="gone.score"):
        columns_named(["id", "gone.score"])
    cards = admin_client.get(reverse("admin:index")).context["cards"]
    assert [card.name for card, _shown in cards] == ["mail", "alerts"]


@pytest.mark.django_db
def test_the_audit_log_still_shows_what_a_gone_app_noted(admin_client):
    entry = AuditEntry.objects.create(at=now(), action="changed", subject="gone.thing", name="7")

    for name, arguments in (("changelist", []), ("change", [entry.pk])):
        page = admin_client.get(reverse(f"admin:customers_auditentry_{name}", args=arguments))
        assert "gone.thing" in page.content.decode()


@pytest.mark.once
@pytest.mark.exhaustive
def test_a_tab_in_the_place_of_another_page_stops_the_start():
    names = ["delete", "import_maho", "status"]
    program = (
        "import django; django.setup();"
        "from segments.admin.tabs import SEGMENT_TABS, SegmentTab;"
        f"[SEGMENT_TABS.register(SegmentTab(name, 'Tab', print)) for name in {names}];"
        "from django.core.management import call_command; call_command('check')"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "segmentation_site.settings", "SECRET_KEY": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    pages = ", ".join(f"segments_segment_{name}" for name in names)
    assert f"tabs in the place of other pages: {pages}" in run.stderr
