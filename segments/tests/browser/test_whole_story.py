"""From login to export with a worker process: one number in preview, members, file and API."""

import csv
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse

from segments.engine.refreshes import runs
from segments.models import Segment
from segments.tests.engine.harness import REDIS
from segments.tests.engine.test_real_worker import redis, send, worker  # noqa: F401
from tests.lazy import expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not REDIS or connection.vendor != "postgresql", reason="needs Redis and PostgreSQL"
    ),
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.story
def test_what_the_preview_counts_is_refreshed_listed_exported_and_told(
    builder,
    send,  # noqa: F811
    monkeypatch,
):
    # As in a web process; the tests beside this one keep messages to themselves.
    monkeypatch.setattr(runs.current_app, "send_task", lambda name, args: send(name, args))
    page = builder.page
    page.context.clear_cookies()
    page.goto(builder.root + reverse("admin:segments_segment_add"))
    page.fill("#id_username", "boss")
    page.fill("#id_password", "secret")
    page.click("[type=submit]")
    builder.settled()

    page.fill("#id_name", "German and thrifty")
    for option, value in (
        ("Lives in … (country)", "Germany\n"),
        ("Has spent … or more", "500"),
        ("Has ordered in the last … days", "90"),
    ):
        builder.adding().click()
        page.get_by_role("option", name=option, exact=True).click()
        page.keyboard.type(value)
    builder.count_is("2 customers")
    page.locator(".sb-sample").get_by_role("button").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("is in it")
    expect(dialog.locator(".sb-fails")).to_have_count(0)
    builder.answer_dialog("Close")

    builder.save()
    progress = page.get_by_role("region", name="Refresh under way")
    expect(progress).to_contain_text("waiting for a worker")
    members = page.locator("[data-segment=members]")
    expect(members).to_have_text("–")
    with worker():
        # A worker process takes seconds to start.
        expect(members).to_have_text("2", timeout=60_000)
    expect(progress).to_be_hidden()
    expect(page.locator("[data-segment=badge]")).to_have_text("✓ refreshed")

    page.get_by_role("navigation", name="Pages of this segment").get_by_role(
        "link", name="Members"
    ).click()
    listed = page.get_by_role("region", name="Members").locator("tbody td:first-child")
    expect(listed).to_have_text(["GB", "GC"])
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    code = Segment.objects.get().code
    told = page.request.get(builder.root + reverse("api:segment", args=[code]) + "members/").json()[
        "results"
    ]

    numbers = [row["id"] for row in csv.DictReader(lines)]
    assert numbers == [one["id"] for one in told] == listed.all_inner_texts() == ["GB", "GC"]
    assert Segment.objects.get().members_count == 2
