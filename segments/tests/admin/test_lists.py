"""The List page: customers put on a list and taken off it, tried first and then confirmed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers.models import AuditEntry
from segments.admin.segment_pages import lists
from segments.models import ListedCustomer, Segment
from segments.tests.admin.pages import LIST, VIEW, of

pytestmark = pytest.mark.django_db


@pytest.fixture
def picked(make_segment, make_customer):
    for number in "abc":
        make_customer(number, email=f"{number}@shop.example")
    return make_segment("Picked", handling={"refresh_mode": "list"})


def listed():
    rows = ListedCustomer.objects.order_by("customer")
    return list(rows.values_list("customer__external_id", flat=True))


def send(client, segment, lines="", *, verb="add", by="id", file=None, **more):
    values = {"verb": verb, "by": by, "lines": lines, **more}
    if file is not None:
        values["file"] = SimpleUploadedFile("list.csv", file, content_type="text/csv")
    return client.post(of(segment, "list"), values)


def confirmed(client, segment, *args, **values):
    tried = send(client, segment, *args, **values)
    return send(client, segment, *args, **values, expected=tried.context["expected"])


def text(answer):
    return answer.content.decode()


def test_a_new_list_is_made_without_conditions_and_leads_to_its_page(boss):
    address = reverse("admin:segments_segment_add") + "?refresh_mode=list"
    page = boss.get(address)
    assert "segment-builder" not in text(page)
    assert not {"_preview", "_saverefresh"} & set(text(page).split('"'))
    answer = boss.post(
        address,
        {
            "name": "Picked",
            "refresh_mode": "list",
            "applies_to": "registered",
            "is_active": "on",
            "priority": "0",
            "_save": "Save",
        },
    )
    segment = Segment.objects.get()
    assert segment.is_list
    assert answer["Location"] == of(segment, "list")


def test_the_form_of_a_list_keeps_it_one(boss, picked):
    page = boss.get(of(picked, "change"))
    assert "segment-builder" not in text(page)
    values = {"name": "Renamed", "refresh_mode": "auto", "applies_to": "both", "priority": "0"}
    answer = boss.post(of(picked, "change"), values | {"opened_version": "1", "_save": "Save"})
    assert answer.status_code == 200
    assert Segment.objects.get().name == "Picked"
    values["refresh_mode"] = "list"
    boss.post(of(picked, "change"), values | {"opened_version": "1", "_save": "Save"})
    assert Segment.objects.get().name == "Renamed"


def test_a_list_follows_its_changes_and_says_nothing_else_of_refreshes(boss, picked):
    for name in ("list", "history"):
        page = text(boss.get(of(picked, name)))
        assert "in step with its list" in page
        assert "embers follow each change of the list at once" in page
        assert not {one for one in ("last refreshed", "has not been refreshed") if one in page}
    assert "None yet." in page
    assert "in step with its list" in text(boss.get(reverse(LIST)))
    Segment.objects.update(is_active=False)
    page = text(boss.get(of(picked, "list")))
    assert "in step with its list" not in page
    assert "members follow each change" not in page


def test_another_form_does_not_offer_a_list(boss, make_segment):
    page = boss.get(of(make_segment(), "change"))
    assert 'value="list"' not in text(page)


def test_only_lists_have_the_page(boss, picked, make_segment):
    other = make_segment()
    assert of(picked, "list") in text(boss.get(of(picked, "history")))
    assert of(other, "list") not in text(boss.get(of(other, "history")))
    assert boss.get(of(other, "list")).status_code == 404


def test_a_trial_says_what_would_become_of_it_and_stores_nothing(boss, picked):
    answer = send(boss, picked, "a\n\nb\n")
    assert (answer.context["tried"].added, answer.context["expected"]) == (2, "2 0 0")
    assert listed() == []
    assert not AuditEntry.objects.filter(after__has_key="list").exists()


def test_what_was_confirmed_is_done(boss, picked):
    answer = confirmed(boss, picked, "a\nb")
    assert answer["Location"] == of(picked, "list")
    assert listed() == ["a", "b"]
    confirmed(boss, picked, "b\n  c ", verb="replace")
    assert listed() == ["b", "c"]
    confirmed(boss, picked, "C@shop.example", verb="remove", by="email")
    assert listed() == ["b"]


def test_what_comes_to_something_else_than_was_confirmed_is_tried_again(boss, picked):
    answer = send(boss, picked, "a\nb", expected="1 0 0")
    assert (answer.status_code, answer.context["expected"], listed()) == (200, "2 0 0", [])


def test_a_file_is_read(boss, picked):
    confirmed(boss, picked, file=b"name,email\nA,A@shop.example\n")
    assert listed() == ["a"]


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("add", "on the list already"),
        ("remove", "known, but not on the list"),
        ("replace", "stay on the list"),
    ],
)
def test_a_trial_says_of_whom_nothing_becomes(boss, picked, verb, words):
    confirmed(boss, picked, "a")
    answer = send(boss, picked, "b" if verb == "remove" else "a\nb", verb=verb)
    assert f"<dt>{words}</dt><dd>1</dd>" in text(answer)


def test_problems_are_said_by_line(boss, picked):
    answer = send(boss, picked, "a\n<b>nobody</b>\nx", verb="replace")
    assert answer.context["form"].problems == [
        'Line 2: "<b>nobody</b>" is not known',
        'Line 3: "x" is not known',
    ]
    assert "<b>nobody" not in text(answer)
    answer = send(boss, picked, file=b"id\na\n\xff\n")
    assert answer.context["form"].problems == [
        "Line 3: The file is not written in UTF-8; save it in Excel as “CSV UTF-8” and send that."
    ]
    answer = send(boss, picked, file=b"name;town\na;b\n")
    assert answer.context["form"].problems == [
        "Line 1: The heading needs a column “id” or “email”; it has “name”, “town”. "
        "Between columns stand commas, semicolons or tabs."
    ]
    assert send(boss, picked, file=b"\n").context["form"].problems == ["The file has no header row"]


def test_an_encoding_is_complained_of_once_for_all_lines(boss, picked):
    answer = send(boss, picked, file="email\nä@x\nö@x\nü@x\n".encode("cp1252"))
    problems = answer.context["form"].problems
    assert problems[0].startswith("Line 2: The file is not written in UTF-8")
    assert problems[1:] == ["… and 2 more"]


def test_addresses_among_numbers_get_one_hint(boss, merchant, picked):
    answer = send(boss, picked, "a@shop.example\nb@shop.example")
    assert "These look like e-mail addresses: choose" in text(answer)
    assert answer.context["form"].problems == []
    answer = send(boss, picked, "a@shop.example", skip_unknown="on")
    assert "These look like e-mail addresses: choose" in text(answer)
    # Who cannot choose addresses is not told to, and one number is enough not to be.
    client = merchant(VIEW, "change_segment")
    for answer in (send(client, picked, "a@shop.example"), send(boss, picked, "x\ny@z")):
        assert "These look like" not in text(answer)
        assert "tick “Leave out those who are not known”" in text(answer)


def test_those_who_are_left_out_are_named_up_to_ten(boss, picked):
    answer = send(boss, picked, "z\na\n<i>\nz", skip_unknown="on")
    assert "Left out: z, &lt;i&gt;</p>" in text(answer)
    lines = "\n".join(["a", *(f"x{number}" for number in range(12))])
    answer = send(boss, picked, lines, skip_unknown="on")
    assert answer.context["tried"].left_out == tuple(f"x{number}" for number in range(10))
    assert "x9, …</p>" in text(answer)


def test_of_many_problems_the_first_hundred_are_said(boss, picked):
    answer = send(boss, picked, "\n".join(f"x{number}" for number in range(250)))
    problems = answer.context["form"].problems
    assert (len(problems), problems[-1]) == (101, "… and 150 more")


def test_unknown_ones_are_left_out_where_that_is_chosen(boss, picked):
    confirmed(boss, picked, "a\nnobody", skip_unknown="on")
    assert listed() == ["a"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"lines": "a", "file": b"id\na\n"},
        {"lines": "a", "verb": "burn"},
        {"lines": "a", "by": "name"},
        {"lines": "a\n" * 10_001},
    ],
)
def test_what_is_no_order_is_refused(boss, picked, values):
    answer = send(boss, picked, **values)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "tried" not in answer.context


def test_a_file_that_is_too_large_is_refused(boss, picked, monkeypatch):
    monkeypatch.setattr(lists, "MOST_BYTES", 3)
    assert send(boss, picked, file=b"id\na\n").context["form"].errors["file"]


def test_who_only_reads_sees_how_long_it_is(merchant, picked):
    client = merchant(VIEW)
    page = client.get(of(picked, "list"))
    assert "0 customers are on the list." in text(page)
    assert '<form method="post" enctype' not in text(page)
    assert send(client, picked, "a").status_code == 403


def test_nobody_finds_out_addresses_without_the_permission_to_see_them(merchant, picked):
    client = merchant(VIEW, "change_segment")
    assert "e-mail addresses" not in text(client.get(of(picked, "list")))
    assert send(client, picked, "a@shop.example", by="email").context["form"].errors["by"]
    assert send(client, picked, file=b"email\na@shop.example\n").status_code == 403


def test_the_list_of_segments_leads_to_a_new_list(boss, merchant):
    address = reverse("admin:segments_segment_add") + "?refresh_mode=list"
    assert address in text(boss.get(reverse(LIST)))
    assert address not in text(merchant(VIEW).get(reverse(LIST)))


def test_reader_opens_the_page_of_a_list(merchant, picked):
    picked.tags.create(tag="summer")
    html = text(merchant(VIEW).get(of(picked, "change")))
    assert "summer" in html
    assert "opened" not in html.lower()
