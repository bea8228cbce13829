"""The pages of experiments in a browser: everything can be reached, read and used."""

import json
import re

import pytest
from django.urls import reverse

from core.clock import now
from customers.models import Consent
from personalization.models import Assignment, Experiment
from personalization.tests.experiences.conftest import ask
from tests.factories.experiences import text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def address(name, *arguments):
    return reverse(f"admin:personalization_experiment_{name}", args=arguments)


@pytest.mark.story
def test_an_experiment_is_set_up_started_and_read(
    visitor, make_placement, make_variant, make_customer, make_segment, client_with, settings
):
    from playwright.sync_api import expect

    settings.HOLDOUT_BASIS_POINTS = 0
    settings.SERVE_RATE = 0
    make_segment("Very important people", code="vip")
    make_variant(make_placement(), "loud", content=text("LOUD"))
    make_variant(make_placement("foot"), "quiet", content=text("quiet"))
    faults, page = [], visitor.page

    def look(name, *arguments):
        visitor.open(address(name, *arguments))
        visitor.settle()
        faults.extend(visitor.faults())

    look("changelist")
    look("power")
    look("steps")
    page.select_option("#id_place", "hero")
    expect(page.get_by_label("loud")).to_be_checked()
    faults.extend(visitor.faults())
    look("add")
    # Only what concerns its kind is there to be filled in.
    subject, shows = (page.locator(f"#id_variant_1_{part}") for part in ("subject", "shows"))
    expect(subject).to_be_hidden()
    page.get_by_label("The mail of a campaign").check()
    expect(subject).to_be_visible()
    for hidden in (shows, page.locator("#id_placement")):
        expect(hidden).to_be_hidden()
    faults.extend(visitor.faults())
    page.get_by_label("What the shop shows").check()
    expect(shows).to_be_visible()
    page.fill("#id_name", "Is loud better?")
    page.fill("#id_code", "loud")
    page.select_option("#id_placement", label="hero")
    offered = page.locator("#id_variant_1_shows optgroup")
    expect(offered.filter(has_text="quiet")).to_be_disabled()
    expect(offered.filter(has_text="loud")).to_be_enabled()
    page.select_option("#id_variant_1_shows", "variant:hero/loud")
    page.fill("#id_variant_2_code", "c")
    page.get_by_role("button", name="Equal weights").click()
    expect(page.locator("#id_variant_0_weight")).to_have_value("33.34")
    page.fill("#id_power_p1", "5")
    page.fill("#id_power_p2", "6")
    page.get_by_role("button", name="Compute").click()
    expect(page.locator("#power-said")).to_have_text(
        "8,158 customers for each variant: 16,316 for two."
    )
    page.get_by_role("button", name="Take it as the planned size").click()
    expect(page.locator("#id_planned_size")).to_have_value("8158")
    page.locator("input[name=_save]").click()
    page.wait_for_url(re.compile("/experiment/$"))
    row = Experiment.objects.get()
    assert [one["weight"] for one in row.variants] == [3334, 3333, 3333]
    look("change", row.pk)
    look("results", row.pk)
    look("start", row.pk)
    page.locator("#content-main").get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/change/$"))
    customer = make_customer("A")
    Consent.objects.create(
        customer=customer, purpose="tracking", state="granted", source="test", at=now()
    )
    client = client_with("personalization.serve_experience")
    answer = ask(client, customer_id="A")
    assert '"experiment"' in json.dumps(answer), answer
    assigned = Assignment.objects.get().variant
    look("change", row.pk)
    look("results", row.pk)
    sizes = page.locator("#sizes").get_by_role("row", name=assigned)
    expect(sizes.get_by_role("cell").nth(1)).to_have_text("1")
    visitor.open(f"{reverse('admin:personalization_placement_preview')}?page_type=home&customer=A")
    assert assigned in page.locator("#content-main").inner_text()
    faults += visitor.faults()
    look("stop", row.pk)
    page.locator("#content-main").get_by_role("button", name="Stop").click()
    page.wait_for_url(re.compile("/change/$"))
    assert "\n".join([*faults, *visitor.complaints]) == ""
