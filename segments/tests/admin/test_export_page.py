"""The Exports page: files in the background, their progress, their links, and nobody else's."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils.translation import override

from conditions.registry import attribute
from core.clock import now
from customers.privacy.holdings import Person
from segments.export.background.files import forget_person
from segments.export.background.requests import execute_export
from segments.models import Export, RunState
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def segment(make_customer, make_segment):
    make_customer("a", email="a@shop.example")
    segment = make_segment("All", code="all")
    refresh_segment(segment)
    return segment


@pytest.fixture
def someone(client):
    user = User.objects.create_user("someone", is_staff=True)
    names = ("view_segment", "export_members")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return client


def page(segment, name="exports"):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def asked(client, segment, **fields):
    fields = {"columns": ["id", "email"], "format": "csv", **fields}
    return client.post(page(segment), fields, follow=True)


def test_a_file_is_written_and_loaded_down(someone, segment):
    said = asked(someone, segment, bom="1").content.decode()
    assert "The export is being written" in said
    assert "data-working" in said

    execute_export(Export.objects.get().pk)

    shown = someone.get(page(segment)).content.decode()
    assert "data-working" not in shown
    (link,) = (part.split('"')[0] for part in shown.split('href="') if "exports/files" in part)
    content = b"".join(someone.get(link).streaming_content)
    assert content == b"\xef\xbb\xbfid,email\r\na,a@shop.example\r\n"


def test_who_refuses_marketing_is_left_out_by_a_condition_or_by_another_list(
    someone, segment, make_segment
):
    picked = make_segment("Picked", handling={"refresh_mode": "list"})
    shown = {one: someone.get(page(one)).content.decode() for one in (segment, picked)}
    assert "add the condition" in shown[segment]
    assert "add the condition" not in shown[picked]
    assert "upload the list without them" in shown[picked]


def test_why_a_file_is_gone_is_said(someone, segment):
    asked(someone, segment)
    export = Export.objects.get()
    execute_export(export.pk)
    erased = "deleted, because a customer was erased"
    assert erased not in someone.get(page(segment)).content.decode()
    list(forget_person(Person(1, ("b",), "")))
    assert erased in someone.get(page(segment)).content.decode()
    Export.objects.update(expires_at=now())
    shown = someone.get(page(segment)).content.decode()
    assert erased not in shown
    assert "deleted, its time is over" in shown


def test_load_down_now_leads_to_the_stream(someone, segment):
    response = asked(someone, segment, now="1", format="xml")
    assert response.redirect_chain[0][0].endswith("members.xml?columns=id&columns=email&target=")
    assert b"".join(response.streaming_content).startswith(b"<?xml")
    assert not Export.objects.exists()


def test_a_column_is_called_as_the_condition_on_it_is(admin_client, segment):
    names = ("id", "email", "first_name", "gender", "kind", "store", "registered_at")
    for language in ("en", "de", "fr"):
        shown = admin_client.get(page(segment), headers={"accept-language": language})
        called = {name: label for name, label, _is_usual in shown.context["columns"]}
        with override(language):
            said = {name: str(attribute(f"customer.{name}").label) for name in names}
        assert called.items() >= said.items(), language


def test_a_program_has_its_own_columns(someone, segment):
    asked(someone, segment, target="brevo", bom="1")
    assert Export.objects.get().columns is None
    for format in ("csv", "xml"):
        sent = asked(someone, segment, target="brevo", now="1", format=format)
        assert b"".join(sent.streaming_content).startswith(b"EMAIL,FIRSTNAME")


def test_why_members_are_left_out_is_said(segment, settings, admin_client):
    asked(admin_client, segment, target="brevo")
    execute_export(Export.objects.get().pk)
    assert "(1 left out: not of those" in admin_client.get(page(segment)).content.decode()
    settings.EXPORT_ONLY_ACCEPTING_MARKETING = True
    asked(admin_client, segment)
    execute_export(Export.objects.latest("pk").pk)
    assert "(1 left out: no consent to marketing" in (
        admin_client.get(page(segment)).content.decode()
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"columns": []}, "Name at least one column."),
        ({"columns": ["secret"]}, "There is no column “secret”."),
        ({"target": "excel"}, "There is no target “excel”"),
    ],
)
def test_what_is_wrong_is_said(someone, segment, fields, said):
    assert said in asked(someone, segment, **fields).content.decode()
    assert not Export.objects.exists()


def test_cancelling_ones_own_and_nobody_elses(someone, segment, admin_user):
    asked(someone, segment)
    export = Export.objects.get()
    cancel = page(segment, "exports_cancel")
    for number in ("", "x", str(export.pk + 1), "9" * 30):
        assert someone.post(cancel, {"export": number}).status_code == 404
    Export.objects.update(requested_by=admin_user)
    assert someone.post(cancel, {"export": export.pk}).status_code == 404
    assert "Your files" not in someone.get(page(segment)).content.decode()
    Export.objects.update(requested_by=User.objects.get(username="someone"))
    said = someone.post(cancel, {"export": export.pk}, follow=True).content.decode()
    assert "The export is cancelled." in said
    assert Export.objects.get().state == RunState.CANCELLED
    assert "had ended before" not in said


def test_the_first_export_begins_with_a_segment(admin_client):
    html = admin_client.get(reverse("admin:segments_exportaudit_changelist")).content.decode()
    button = html.split("Choose a segment")[0].rsplit("<a ", 1)[1]
    assert f'href="{reverse("admin:segments_segment_changelist")}"' in button


def test_who_only_sees_who_exported_begins_none(client, segment):
    user = User.objects.create_user("auditor", is_staff=True)
    names = ("view_segment", "view_exportaudit")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    assert client.get(page(segment)).status_code == 200
    assert asked(client, segment).status_code == 403
