"""The admin pages: what a merchant does there, and that nobody does more than is allowed."""

import json
import re

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.editing.overrides import set_override
from segments.editing.saving import save_segment
from segments.models import ExportAudit, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

pytestmark = pytest.mark.django_db

EMPTY = '{"match": "all", "conditions": []}'
BROKEN = json.dumps(
    {
        "match": "all",
        "conditions": [
            {"attribute": "customer.email", "operator": "is", "value": "a@shop.example"},
            {"attribute": "lifetime.sales", "operator": "gte", "value": "plenty"},
        ],
    }
)


def page(name, segment):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def form_data(**values):
    return {
        "name": "Best",
        "code": "",
        "description": "",
        "is_active": "on",
        "refresh_mode": "auto",
        "priority": "0",
        "applies_to": "registered",
        "conditions": EMPTY,
        **values,
    }


@pytest.fixture
def boss(client):
    """A client logged in as somebody who may do everything."""
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def merchant(client):
    """Return a function that logs in somebody with the given permissions only."""

    def log_in(*codenames):
        user = User.objects.create_user("merchant", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return log_in


def test_a_segment_is_made_with_a_code_from_its_name(boss):
    response = boss.post(reverse("admin:segments_segment_add"), form_data(), follow=True)

    segment = Segment.objects.get()
    assert (segment.code, segment.version, segment.created_by.username) == ("best", 1, "boss")
    assert segment.versions.get().author.username == "boss"
    assert "warning" in response.content.decode()  # Of the empty root.


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

    response = boss.post(
        page("change", segment), form_data(name="Not saved", _preview="Preview", opened_version="1")
    )

    html = response.content.decode()
    assert "1 customer" in html
    assert "C-17" in html
    assert 'value="Not saved"' in html
    assert Segment.objects.get().name == "Everybody"


def test_a_preview_of_a_new_segment_works_too(boss):
    data = form_data(_preview="Preview")
    response = boss.post(reverse("admin:segments_segment_add"), data)

    assert response.context["preview"].count == 0
    assert not Segment.objects.exists()
    # The page begins at the preview; Django's script would begin at the first field.
    assert "autofocus" in response.content.decode()
    assert "admin/js/change_form.js" not in response.content.decode()


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
    assert "These conditions are costly" in state["cost"]
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

    assert '<li class="segment-depth-2">Lifetime sales is at least 700' in html
    assert "lifetime.sales" not in html
    assert "opened" not in html.lower()


def test_the_list_shows_a_word_and_an_icon_and_costs_the_same_however_long(
    boss, make_segment, django_assert_max_num_queries
):
    address = reverse("admin:segments_segment_changelist")
    for number in range(3):
        make_segment(f"Segment {number}")
    boss.get(address)
    with CaptureQueriesContext(connection) as few:
        boss.get(address)
    for number in range(20):
        refresh_segment(make_segment(f"More {number}"))

    with CaptureQueriesContext(connection) as many:
        html = boss.get(address).content.decode()

    assert len(many) == len(few)
    assert '<span aria-hidden="true">✓</span> refreshed' in html
    assert "never refreshed" in html


def test_the_list_is_searched_whatever_the_case_and_filtered_by_status(boss, make_segment):
    make_segment("ÉLITE", code="one")
    refresh_segment(make_segment("Other", code="two"))
    address = reverse("admin:segments_segment_changelist")

    by_name = boss.get(address, {"q": "élite"}).context["cl"].result_list
    by_status = boss.get(address, {"status": "completed"}).context["cl"].result_list

    assert [segment.code for segment in by_name] == ["one"]
    assert [segment.code for segment in by_status] == ["two"]


@pytest.mark.parametrize(
    ("action", "check"),
    [
        ("refresh_selected", lambda: RefreshRun.objects.count() == 1),
        ("deactivate_selected", lambda: not Segment.objects.get(code="on").is_active),
        ("activate_selected", lambda: Segment.objects.get(code="off").is_active),
    ],
)
def test_actions_on_many_do_what_they_say(boss, make_segment, action, check):
    make_segment("On")
    make_segment("Off", handling={"is_active": False})

    boss.post(
        reverse("admin:segments_segment_changelist"),
        {"action": action, "_selected_action": [s.pk for s in Segment.objects.all()]},
        follow=True,
    )

    assert check()


def test_before_deleting_the_users_are_named_and_it_is_refused(boss, make_segment):
    used = make_segment("Used")
    make_segment("User", [{"attribute": "segment", "operator": "is", "value": "used"}])

    asked = boss.get(page("delete", used)).content.decode()
    boss.post(page("delete", used), {"post": "yes"})
    many = boss.post(
        reverse("admin:segments_segment_changelist"),
        {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"},
    )

    assert "“User” refers to “Used”" in asked
    assert "“User” refers to “Used”" in many.content.decode()
    assert Segment.objects.filter(pk=used.pk).exists()


def test_deleting_one_that_nobody_uses_takes_its_members_along(boss, make_customer, make_segment):
    make_customer()
    segment = make_segment()
    refresh_segment(segment)

    assert "Members: 1" in boss.get(page("delete", segment)).content.decode()
    boss.post(page("delete", segment), {"post": "yes"})

    assert not Segment.objects.exists()


def test_members_come_page_by_page_without_being_counted(
    boss, make_customer, make_segment, monkeypatch
):
    monkeypatch.setattr("segments.admin.members.PAGE_SIZE", 2)
    for number in ("c", "a", "b"):
        make_customer(number)
    segment = make_segment()
    refresh_segment(segment)

    with CaptureQueriesContext(connection) as queries:
        first = boss.get(page("members", segment))
    second = boss.get(page("members", segment) + first.context["next_url"])

    shown = [[m.customer.external_id for m in each.context["members"]] for each in (first, second)]
    assert shown == [["c", "a"], ["b"]]
    assert second.context["next_url"] == ""
    assert not any("COUNT(" in query["sql"] for query in queries)


def test_members_can_be_had_newest_first(boss, make_customer, make_segment, monkeypatch):
    monkeypatch.setattr("segments.admin.members.PAGE_SIZE", 1)
    segment = make_segment()
    for number in ("old", "new"):
        make_customer(number)
        refresh_segment(segment)

    first = boss.get(page("members", segment), {"sort": "entered"})
    second = boss.get(page("members", segment) + first.context["next_url"])

    shown = [each.context["members"][0].customer.external_id for each in (first, second)]
    assert shown == ["new", "old"]


def test_members_are_searched_by_what_a_text_begins_with(boss, make_customer, make_segment):
    make_customer("N1", email="Ärger@shop.example")
    make_customer("N2", last_name="ärgerlich")
    make_customer("N3", email="no@ärger.example")
    segment = make_segment()
    refresh_segment(segment)

    found = boss.get(page("members", segment), {"q": "ÄRGER"}).context["members"]

    assert [member.customer.external_id for member in found] == ["N1", "N2"]


@pytest.mark.parametrize(
    "after", ["x", "1@", "1@2026", "99999999999999999999@2026-01-01T00:00:00Z"]
)
def test_a_position_that_is_none_of_ours_breaks_nothing(boss, make_segment, after):
    assert boss.get(page("members", make_segment()), {"after": after}).status_code == 200


def test_a_customer_is_included_by_number_or_mail_and_let_go_again(
    boss, make_customer, make_segment
):
    customer = make_customer("C1", email="Ann@shop.example")
    segment = make_segment(
        conditions=[{"attribute": "customer.id", "operator": "is", "value": "nobody"}]
    )
    data = {"customer": "ann@SHOP.example", "kind": "include", "reason": "friend"}

    response = boss.post(page("overrides", segment), data, follow=True)

    assert "is a member now" in response.content.decode()
    override = segment.overrides.get()
    assert (override.customer, override.reason) == (customer, "friend")
    assert segment.memberships.exists()
    boss.post(page("overrides_remove", segment), {"override": override.pk})
    assert not segment.overrides.exists()
    assert not segment.memberships.exists()


def test_an_override_of_nobody_or_of_several_is_refused(boss, make_customer, make_segment):
    for number in ("C1", "C2"):
        make_customer(number, email="same@shop.example")
    segment = make_segment()

    for customer, told in (("nobody", "No customer"), ("same@shop.example", "C1, C2")):
        data = {"customer": customer, "kind": "exclude"}
        assert told in boss.post(page("overrides", segment), data).content.decode()

    assert not segment.overrides.exists()


def test_an_include_outside_of_the_scope_says_so(boss, make_customer, make_segment):
    make_customer("G", kind="guest")
    data = {"customer": "G", "kind": "include"}
    response = boss.post(page("overrides", make_segment()), data, follow=True)

    assert "scope" in response.content.decode()


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


@pytest.mark.parametrize("format", ["csv", "xml"])
def test_members_are_downloaded_and_the_export_is_audited(
    boss, make_customer, make_segment, format
):
    make_customer("C1")
    segment = make_segment()
    refresh_segment(segment)

    response = boss.get(reverse("admin:segments_segment_export", args=[segment.pk, format]))

    assert b"C1" in b"".join(response.streaming_content)
    assert response["Content-Disposition"] == f'attachment; filename="everybody.{format}"'
    assert ExportAudit.objects.get().rows == 1


def test_a_download_of_an_unknown_format_or_column_is_refused(boss, make_segment):
    segment = make_segment()
    pdf = reverse("admin:segments_segment_export", args=[segment.pk, "pdf"])
    csv = reverse("admin:segments_segment_export", args=[segment.pk, "csv"])

    assert boss.get(pdf).status_code == 404
    assert "password" in boss.get(csv, {"columns": "password"}, follow=True).content.decode()


VIEW = "view_segment"


@pytest.mark.parametrize(
    ("name", "method", "needed"),
    [
        ("change", "get", [VIEW]),
        ("history", "get", [VIEW]),
        ("status", "get", [VIEW]),
        ("members", "get", [VIEW, "view_members"]),
        ("overrides", "get", [VIEW, "view_members"]),
        ("overrides", "post", [VIEW, "view_members", "change_segment"]),
        ("overrides_remove", "post", [VIEW, "view_members", "change_segment"]),
        ("restore", "post", [VIEW, "change_segment"]),
        ("refresh", "post", [VIEW, "refresh_segment"]),
        ("delete", "post", ["delete_segment"]),
        ("export", "get", [VIEW, "export_members"]),
    ],
)
def test_each_page_needs_each_of_its_permissions(merchant, make_segment, name, method, needed):
    segment = make_segment()
    arguments = [segment.pk, "csv"] if name == "export" else [segment.pk]
    address = reverse(f"admin:segments_segment_{name}", args=arguments)
    client = merchant()

    for left_out in needed:
        user = User.objects.get()
        others = [codename for codename in needed if codename != left_out]
        if left_out == VIEW and "change_segment" in others:
            continue  # Django lets those who may change also view.
        user.user_permissions.set(Permission.objects.filter(codename__in=others))
        assert getattr(client, method)(address).status_code == 403, left_out
    user.user_permissions.set(Permission.objects.filter(codename__in=needed))
    assert getattr(client, method)(address).status_code != 403
    client.logout()
    assert "login" in getattr(client, method)(address)["Location"]


@pytest.mark.parametrize("name", ["refresh", "restore", "overrides_remove"])
def test_changes_are_made_by_post_only(boss, make_segment, name):
    assert boss.get(page(name, make_segment())).status_code == 405


def test_who_may_only_look_sees_no_buttons_and_no_customers(merchant, make_customer, make_segment):
    make_customer("C-secret")
    segment = make_segment()
    refresh_segment(segment)
    client = merchant(VIEW)

    for name in ("change", "history"):
        html = client.get(page(name, segment)).content.decode()
        assert "C-secret" not in html
        assert "<button" not in html.split('id="content-main"')[1]
    assert client.post(page("change", segment), form_data(_preview="1")).status_code == 403


def test_a_preview_shows_customers_only_to_those_who_may_see_members(
    merchant, make_customer, make_segment
):
    make_customer("C-secret")
    client = merchant(VIEW, "change_segment")

    html = client.post(
        page("change", make_segment()), form_data(_preview="1", opened_version="1")
    ).content.decode()

    assert "1 customer" in html
    assert "C-secret" not in html


def test_mass_actions_need_their_permission(merchant, make_segment):
    segment = make_segment()
    client = merchant(VIEW)

    for action in ("refresh_selected", "deactivate_selected", "delete_selected"):
        client.post(
            reverse("admin:segments_segment_changelist"),
            {"action": action, "_selected_action": [segment.pk], "post": "yes"},
        )

    assert Segment.objects.get().is_active
    assert RefreshRun.objects.get().requested_by is None  # asked for by its saving only


def test_no_page_of_ours_has_inline_script_or_style(boss, make_customer, make_segment):
    customer = make_customer()
    segment = make_segment()
    refresh_segment(segment)
    set_override(segment, customer, "include", author=None)

    for name in ("change", "members", "overrides", "history", "delete"):
        html = boss.get(page(name, segment)).content.decode()
        script = r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>"
        assert not re.search(rf"{script}|<style|\sstyle=|\son\w+=", html), name


def test_nobody_edits_the_audit_of_exports(boss):
    audit = ExportAudit.objects.create(at="2026-01-01T00:00Z", segment_code="x", columns=[])
    address = reverse("admin:segments_exportaudit_change", args=[audit.pk])

    assert boss.get(address).status_code == 200
    assert boss.post(address, {"rows": 0}).status_code == 403
    assert boss.get(reverse("admin:segments_exportaudit_add")).status_code == 403


def test_a_tree_is_shown_in_the_order_of_reading(boss, make_segment):
    segment = make_segment(
        conditions=[{"value": "x", "operator": "is", "attribute": "customer.id"}]
    )

    shown = boss.get(page("change", segment)).context["adminform"].form.initial["conditions"]

    assert list(json.loads(shown)) == ["match", "conditions"]
    assert list(json.loads(shown)["conditions"][0]) == ["attribute", "operator", "value"]
