"""Rows that show work under way follow it without anybody loading the page anew."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from segments.export.background.requests import execute_export, request_export
from segments.export.contents import Contents
from segments.models import Export, WebhookDelivery
from segments.refresh import refresh_segment
from segments.webhooks import endpoints
from segments.webhooks.resource import WEBHOOKS
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def everybody(shop, make_segment, settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"
    segment = make_segment("All", code="all")
    refresh_segment(segment)
    return segment


def test_an_export_is_watched_until_its_file_is_there(visitor, everybody):
    visit, other = visitor(), visitor()
    export = request_export(everybody, Contents("csv", ("id",)), User.objects.get())
    visit.open(reverse("admin:segments_segment_exports", args=[everybody.pk]))
    other.open(reverse("admin:segments_exportaudit_changelist"))
    own = visit.page.get_by_role("region", name="Your files")
    expect(own).to_contain_text("queued")
    everyones = visit.page.get_by_role("region", name="Who exported what")
    expect(everyones).to_contain_text("under way")
    listed = other.page.locator("#result_list")
    expect(listed).to_contain_text("under way")

    execute_export(export.pk)

    expect(own.get_by_role("link", name="Download")).to_be_visible()
    expect(everyones).not_to_contain_text("under way")
    expect(listed).not_to_contain_text("under way")
    assert visit.complaints == other.complaints == []


def test_what_a_program_does_not_take_is_not_asked_for(visitor, everybody):
    visit = visitor()
    visit.open(reverse("admin:segments_segment_exports", args=[everybody.pk]))
    others = [
        visit.page.get_by_role("group", name="Columns"),
        visit.page.get_by_role("group", name="Format"),
        visit.page.get_by_text("for Excel"),
        visit.page.get_by_text("do not accept marketing are among them"),
    ]
    for program, shown in (("Brevo", False), ("any, with the columns", True)):
        visit.page.get_by_role("radio", name=program).check()
        for one in others:
            expect(one).to_be_visible(visible=shown)
    visit.page.get_by_role("radio", name="Brevo").check()
    visit.page.get_by_role("button", name="Write a file").click()
    said = visit.page.get_by_text("The export is being written")
    expect(said).to_be_visible()

    execute_export(Export.objects.get().pk)

    expect(visit.page.get_by_role("link", name="Download")).to_be_visible()
    expect(said).to_have_count(0)
    assert visit.complaints == []


def test_a_test_of_a_webhook_is_watched_until_it_is_delivered(visitor, everybody):
    visit = visitor()
    boss = User.objects.get()
    document = {"name": "Shop", "url": "https://receiver.example/hook"}
    endpoint = WEBHOOKS.create(document, author=boss).row
    endpoints.test_endpoint(endpoint)
    visit.open(reverse("admin:segments_webhookendpoint_change", args=[endpoint.pk]))
    rows = visit.page.get_by_role("region", name="Deliveries")
    expect(rows).to_contain_text("waiting")

    WebhookDelivery.objects.update(state="delivered", status_code=204, attempts=1)

    expect(rows).to_contain_text("delivered")
    expect(rows).to_contain_text("204")
    assert visit.complaints == []
