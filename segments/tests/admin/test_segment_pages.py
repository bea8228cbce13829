"""The pages of one segment: its form with preview and conflicts, its status, its history."""

import json
import re

import pytest
from django.urls import reverse

from customers.models import AuditAction, AuditEntry
from segments.editing.overrides import set_override
from segments.editing.saving import save_segment
from segments.models import RefreshMode, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.tests.admin.forms import VIEW, form_data, page

pytestmark = pytest.mark.django_db

BROKEN = json.dumps(
    {
        "match": "all",
        "conditions": [
            {"attribute": "customer.email", "operator": "is", "value": "a@shop.example"},
            {"attribute": "lifetime.sales", "operator": "gte", "value": "plenty"},
        ],
    }
)


def test_a_segment_is_made_with_a_code_from_its_name(boss):
    response = boss.post(reverse("admin:segments_segment_add"), form_data(), follow=True)

    segment = Segment.objects.get()
    assert (segment.code, segment.version, segment.created_by.username) == ("best", 1, "boss")
    assert segment.versions.get().author.username == "boss"
    assert "warning" in response.content.decode()  # Of the empty root.


def test_two_conditions_with_one_warning_are_warned_of_once(boss):
    """Catches a sentence that is repeated, and paths of the API before it."""
    rank = {"attribute": "lifetime.sales", "operator": "in_top", "value": 10}
    beside = {"attribute": "customer.email", "operator": "is", "value": "a@shop.example"}
    tree = json.dumps({"match": "all", "conditions": [rank, {**rank, "value": 20}, beside]})
    data = form_data(conditions=tree)
    response = boss.post(reverse("admin:segments_segment_add"), data, follow=True)

    shown = [str(one) for one in response.context["messages"] if "warning" in one.tags]
    compared = [one for one in shown if "are compared with all in scope" in one]
    assert [one.partition(" ")[0] for one in compared] == ["Customers"]


def test_a_broken_tree_is_refused_with_each_problem_where_it_stands(boss):
    response = boss.post(reverse("admin:segments_segment_add"), form_data(conditions=BROKEN))

    html = response.content.decode()
    assert not Segment.objects.exists()
    assert "conditions[1].value" in html
    marked = re.findall(r'<code class="segment-wrong">(.*?)</code>', html)
    assert marked == ["      &quot;value&quot;: &quot;plenty&quot;"]
    assert "plenty" in re.search(r"<textarea[^>]*segment-tree.*?</textarea>", html, re.S)[0]


@pytest.mark.parametrize("conditions", ["", "{", "[" * 5000, "null", '{"match": 1}'])
def test_whatever_is_no_tree_is_refused(boss, conditions):
    response = boss.post(reverse("admin:segments_segment_add"), form_data(conditions=conditions))

    assert response.status_code == 200
    assert response.context["errors"]
    assert not Segment.objects.exists()


def test_a_tree_that_is_missing_is_told_once(boss):
    response = boss.post(reverse("admin:segments_segment_add"), form_data(conditions=""))

    assert response.context["errors"] == [["This field is required."]]


@pytest.mark.parametrize(
    ("local", "name"),
    [
        ("a", "Customers whose e-mail address is “a@shop.example”"),
        ("a" * 80, "Customers whose e-mail address is …"),
    ],
)
def test_new_segment_without_name_takes_its_sentence(boss, local, name):
    tree = (
        '{"match": "all", "conditions": [{"attribute": "customer.email", "operator": "is",'
        f' "value": "{local}@shop.example"}}]}}'
    )
    boss.post(reverse("admin:segments_segment_add"), form_data(name=" ", conditions=tree))

    assert Segment.objects.get().name == name


@pytest.mark.parametrize(
    ("typed", "kept"), [("", "Customers whose e-mail address is “b@shop.example”"), ("VIP", "VIP")]
)
def test_a_name_made_of_conditions_follows_them_until_somebody_writes_another(boss, typed, kept):
    """It would say what was asked for once, in campaigns and price rules, too.

    It stays in the language in which it was made.
    """
    tree = (
        '{"match": "all", "conditions": [{"attribute": "customer.email", "operator": "is",'
        ' "value": "%s@shop.example"}]}'
    )
    boss.post(reverse("admin:segments_segment_add"), form_data(name="", conditions=tree % "a"))
    segment = Segment.objects.get()
    changed = form_data(name=typed or segment.name, conditions=tree % "b", opened_version="1")
    boss.post(page("change", segment), changed, headers={"accept-language": "de"})
    segment.refresh_from_db()
    assert segment.name == kept


def test_list_without_name_is_refused_at_the_name(boss):
    response = boss.post(
        reverse("admin:segments_segment_add"), form_data(name="", refresh_mode="list")
    )

    assert response.context["errors"] == [["This field is required."]]


def test_half_a_surrogate_pair_is_refused_where_it_stands(boss):
    tree = (
        '{"match": "all", "conditions": [{"attribute": "customer.email", "operator": "is",'
        ' "value": "\\ud800"}, {"attribute": "\\ud801"}]}'
    )
    response = boss.post(reverse("admin:segments_segment_add"), form_data(conditions=tree))

    html = response.content.decode()
    marked = re.findall(r'<code class="segment-wrong">(.*?)</code>', html)
    assert marked[0] == "      &quot;value&quot;: &quot;\\ud800&quot;"
    assert "“\\ud801”" in html


def test_a_preview_counts_and_stores_nothing(boss, make_customer, make_segment):
    make_customer("C-17", email="a@shop.example")
    segment = make_segment()

    data = form_data(name="Not saved", _preview="1", opened_version="1")
    address = boss.post(page("change", segment), data)["Location"]

    # The address leads back to the page, and tells nothing of the form.
    assert "Not" not in address
    html = boss.get(address).content.decode()
    assert "1 customer" in html
    assert "C-17" in html
    assert 'value="Not saved"' in html
    assert Segment.objects.get().name == "Everybody"
    look = AuditEntry.objects.get(action=AuditAction.VIEWED)
    assert (look.name, look.after["customers"]) == ("everybody", ["C-17"])


def test_a_preview_of_a_new_segment_works_too(boss):
    data = form_data(name="", _preview="1")
    response = boss.post(reverse("admin:segments_segment_add"), data, follow=True)

    assert response.context["preview"].count == 0
    assert not Segment.objects.exists()
    # The page begins at the preview; Django's script would begin at the first field.
    assert "autofocus" in response.content.decode()
    assert "admin/js/change_form.js" not in response.content.decode()


def test_a_kept_form_belongs_to_its_page_and_ends_with_a_save(boss, make_segment):
    """Catches a form that would be saved over another segment, and one that stays for weeks."""
    segment, other = make_segment(), make_segment("other")
    data = form_data(name="Not saved", _preview="1", opened_version="1")
    address = boss.post(page("change", segment), data)["Location"]
    elsewhere = boss.get(address.replace(page("change", segment), page("change", other)))
    assert "Not saved" not in elsewhere.content.decode()

    boss.post(page("change", segment), form_data(name="Saved", opened_version="1"))
    assert "segments_previewed" not in boss.session


def test_a_preview_of_another_session_shows_the_saved_segment(boss, merchant, make_segment):
    segment = make_segment()
    data = form_data(name="Not saved", _preview="1", opened_version="1")
    address = boss.post(page("change", segment), data)["Location"]

    html = merchant(VIEW, "change_segment").get(address).content.decode()

    assert "The unsaved conditions are no longer kept here." in html
    assert 'value="Everybody"' in html
    assert "Not saved" not in html


def test_the_code_never_changes(boss, make_segment):
    segment = make_segment()

    boss.post(page("change", segment), form_data(code="other", opened_version="1"))

    segment.refresh_from_db()
    assert (segment.code, segment.name, segment.version) == ("everybody", "Best", 2)


def test_saving_over_a_newer_version_shows_both_and_can_be_insisted_on(boss, make_segment):
    segment = make_segment()
    save_segment(segment, Definition("Theirs"), author=None)
    mine = form_data(name="Mine", opened_version="1")

    response = boss.post(page("change", segment), mine)

    html = response.content.decode()
    assert Segment.objects.get().name == "Theirs"
    assert 'value="Mine"' in html
    assert 'name="opened_version" value="2"' in html
    boss.post(page("change", segment), {**mine, "opened_version": "2"})
    assert Segment.objects.get().name == "Mine"


def test_save_and_refresh_queues_a_run_and_stays_on_the_page(boss, make_segment):
    segment = make_segment()

    response = boss.post(
        page("change", segment), form_data(opened_version="1", _saverefresh="Save and refresh")
    )

    assert response["Location"] == page("change", segment)
    assert RefreshRun.objects.get().requested_by.username == "boss"
    state = boss.get(page("status", segment)).json()
    assert (state["is_working"], state["status"]) == (True, "queued")


@pytest.mark.parametrize("mode", [RefreshMode.AUTO, RefreshMode.MANUAL])
def test_save_and_refresh_is_offered_where_saving_alone_refreshes_nothing(boss, make_segment, mode):
    segment = make_segment(handling={"refresh_mode": mode})

    html = boss.get(page("change", segment)).content.decode()

    assert ("Save and refresh" in html) == (mode == RefreshMode.MANUAL)


def test_the_status_says_anew_what_the_page_says_of_the_members(boss, make_segment, settings):
    settings.COSTLY_SECONDS = 1.0
    segment = make_segment()
    refresh_segment(segment)
    spent = {"attribute": "lifetime.sales", "operator": "gte", "value": "700"}
    conditions = {"match": "all", "conditions": [spent]}
    save_segment(segment, Definition("Changed", conditions=conditions), author=None)
    Segment.objects.update(batch_seconds=60, quarantined_at="2026-04-10T10:00:00Z")

    state = boss.get(page("status", segment)).json()
    assert state["stale"] == "The definition has changed since the last refresh."
    assert "These conditions take long to check" in state["cost"]
    assert state["is_quarantined"]

    refresh_segment(segment)
    Segment.objects.update(batch_seconds=0, quarantined_at=None)
    state = boss.get(page("status", segment)).json()
    assert (state["stale"], state["cost"], state["is_quarantined"]) == ("", "", False)


def test_who_may_only_view_reads_the_conditions_in_words(merchant, make_segment):
    spent = {"attribute": "lifetime.sales", "operator": "gte", "value": "700"}
    group = {"match": "any", "conditions": [spent]}
    segment = make_segment(conditions=[group])
    html = merchant(VIEW).get(page("change", segment)).content.decode()

    assert '<li class="segment-depth-2">have spent at least 700 EUR in all' in html
    assert "lifetime.sales" not in html
    assert "opened" not in html.lower()


def test_history_says_who_has_found_the_members_where_an_engine_has(boss, make_segment):
    segment = make_segment()
    run = refresh_segment(segment)
    assert "Found by" not in boss.get(page("history", segment)).content.decode()
    RefreshRun.objects.filter(pk=run.pk).update(engine="duckdb")
    refresh_segment(segment)
    html = boss.get(page("history", segment)).content.decode()
    found = re.findall(r"<td[^>]*>(duckdb, .+?|database)</td>", html)
    assert [one.split(",")[0] for one in found] == ["database", "duckdb"]


def test_history_shows_runs_versions_and_changes_and_restores(boss, make_customer, make_segment):
    make_customer("C9")
    segment = make_segment()
    refresh_segment(segment)
    save_segment(segment, Definition("Second"), author=None)

    html = boss.get(page("history", segment)).content.decode()
    boss.post(page("restore", segment), {"version": "1"})

    assert "completed" in html
    assert "C9" in html
    assert "Second" in html
    segment.refresh_from_db()
    assert (segment.name, segment.version) == ("Everybody", 3)
    for unknown in ("77", "x", "", "9" * 30):
        assert boss.post(page("restore", segment), {"version": unknown}).status_code == 404
        data = {"override": unknown}
        assert boss.post(page("overrides_remove", segment), data).status_code == 404


def test_a_stored_tree_that_is_no_longer_valid_is_shown_with_its_problems(boss, make_segment):
    segment = make_segment()
    Segment.objects.update(conditions=json.loads(BROKEN))
    refresh_segment(segment)

    html = boss.get(page("change", segment)).content.decode()

    assert "no longer valid" in html
    assert "Condition 2: " in html
    assert "invalid conditions" in html


def test_no_page_of_ours_has_inline_script_or_style(boss, make_customer, make_segment):
    customer = make_customer()
    segment = make_segment()
    refresh_segment(segment)
    set_override(segment, customer, "include", author=None)

    for name in ("change", "members", "overrides", "history", "delete"):
        html = boss.get(page(name, segment)).content.decode()
        script = r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>"
        assert not re.search(rf"{script}|<style|\sstyle=|\son\w+=", html), name


def test_a_tree_is_shown_in_the_order_of_reading(boss, make_segment):
    segment = make_segment(
        conditions=[{"value": "x", "operator": "is", "attribute": "customer.id"}]
    )

    shown = boss.get(page("change", segment)).context["adminform"].form.initial["conditions"]

    assert list(json.loads(shown)) == ["match", "conditions"]
    assert list(json.loads(shown)["conditions"][0]) == ["attribute", "operator", "value"]


def test_a_link_brings_a_tree_to_the_form_of_a_new_segment(boss, make_segment):
    tree = json.dumps(json.loads(BROKEN))
    given = {"name": "Brought", "conditions": tree}
    form = boss.get(reverse("admin:segments_segment_add"), given).context["adminform"].form
    assert (form["name"].value(), form["conditions"].value()) == ("Brought", tree)
    # What is no tree stands there as it came, as text.
    broken = {"conditions": "</textarea><script>alert(1)</script>"}
    html = boss.get(reverse("admin:segments_segment_add"), broken).content.decode()
    assert "&lt;/textarea&gt;&lt;script&gt;" in html
    stored = make_segment()
    form = boss.get(page("change", stored), given).context["adminform"].form
    assert json.loads(form["conditions"].value()) == stored.conditions
