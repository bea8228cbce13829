"""German and French: chosen in the header or by the browser, on every page and in the API."""

import json

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import override

from customers.models import Website
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

BUYERS = [{"attribute": "lifetime.number_of_orders", "operator": "lte", "value": 1}]


@pytest.fixture(autouse=True)
def english_before_and_after():
    """A request's language stays active in its thread until the next request, or test."""
    with override("en"):
        yield


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss", password="secret"))
    return client


@pytest.fixture
def segment(make_segment, make_customer):
    make_customer("A", email="a@shop.example", last_name="Müller")
    segment = make_segment("Few orders", BUYERS)
    refresh_segment(segment)
    return segment


def in_language(client, address, language):
    response = client.get(address, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert response["Content-Language"] == language
    return response


# Pages ------------------------------------------------------------------------------------------

HEADINGS = [
    ("admin:index", "Segmente auf einen Blick", "Les segments en un coup d’œil"),
    ("admin:segments_segment_changelist", "letzte Aktualisierung", "dernière actualisation"),
    ("change", "Bedingungen", "Conditions"),
    ("members", "Mitglied seit", "Membre depuis"),
    ("history", "Größe im Zeitverlauf", "Évolution de la taille"),
    ("overlap", "Segmente vergleichen", "Comparer des segments"),
    ("overrides", "Einen Kunden aufnehmen oder ausschließen", "Ajouter ou exclure un client"),
    ("exports", "Mitglieder exportieren", "Exporter les membres"),
    ("used_by", "Segmente, die auf diesem aufbauen", "Segments qui s’appuient sur celui-ci"),
]


@pytest.mark.parametrize(("page", "german", "french"), HEADINGS)
def test_pages_are_german_or_french(boss, segment, page, german, french):
    is_of_all = page.startswith("admin:")
    address = (
        reverse(page) if is_of_all else reverse(f"admin:segments_segment_{page}", args=[segment.pk])
    )
    for language, heading in (("de", german), ("fr", french)):
        html = in_language(boss, address, language).content.decode()
        assert f'<html lang="{language}"' in html
        assert heading.lower() in html.lower()


def test_the_builder_has_its_words_in_the_language_of_the_page(boss, segment):
    address = reverse("admin:segments_segment_change", args=[segment.pk])

    german = in_language(boss, address, "de").content.decode()

    words = {"add_condition": "Bedingung hinzufügen …", "undo": "Rückgängig"}
    for key, text in words.items():
        assert f"{json.dumps(key)}: {json.dumps(text)}" in german


def test_the_language_is_chosen_in_the_header_and_stays_chosen(boss):
    page = reverse("admin:segments_segment_changelist")
    html = in_language(boss, page, "fr").content.decode()
    assert f'action="{reverse("set_language")}"' in html
    for code, name in settings.LANGUAGES:
        assert f'<button name="language" value="{code}" lang="{code}"' in html
        assert f">{name}</button>" in html

    chosen = boss.post(reverse("set_language"), {"language": "de", "next": page})

    assert chosen["Location"] == page
    cookie = chosen.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("de", "Lax", True)
    # What the browser would like counts no longer.
    later = boss.get(page, headers={"Accept-Language": "fr"}).content.decode()
    assert '<html lang="de"' in later
    assert 'lang="de" aria-current="true">Deutsch' in later


def test_the_language_can_be_chosen_before_logging_in(client):
    html = client.get(reverse("admin:login")).content.decode()
    assert f'action="{reverse("set_language")}"' in html

    client.post(reverse("set_language"), {"language": "fr", "next": reverse("admin:login")})

    assert '<html lang="fr"' in client.get(reverse("admin:login")).content.decode()


def test_the_choice_of_a_language_leads_to_no_other_site(client):
    chosen = client.post(
        reverse("set_language"), {"language": "de", "next": "https://elsewhere.example/"}
    )

    assert "elsewhere" not in chosen["Location"]


def test_a_language_without_a_catalogue_is_not_offered(boss):
    html = boss.get(reverse("admin:index"), headers={"Accept-Language": "he"}).content.decode()

    assert '<html lang="en"' in html


# The API ----------------------------------------------------------------------------------------


def test_the_api_answers_in_the_language_that_is_accepted(boss, segment):
    address = "/api/v1/segments/few-orders/"
    said = {
        language: in_language(boss, address, language).json()["sentence"]
        for language in ("en", "de", "fr")
    }
    assert said == {
        "en": "Customers who have ordered at most 1 time.",
        "de": "Kunden, die höchstens 1 Mal bestellt haben.",
        "fr": "Clients qui ont commandé au plus 1 fois.",
    }


def test_a_refusal_is_said_in_the_language_that_is_accepted_and_its_code_is_not(boss):
    body = {"conditions": {"match": "all", "conditions": [{"attribute": "no.such"}]}}

    def refusal(language):
        answer = boss.post(
            "/api/v1/segments/preview/",
            body,
            content_type="application/json",
            headers={"Accept-Language": language},
        )
        assert answer.status_code == 400
        return answer.json()

    english, german = refusal("en"), refusal("de")
    assert german["detail"] == "Die Anfrage ist nicht gültig."
    assert english["detail"] != german["detail"]
    for key in ("path", "code"):
        assert [one[key] for one in german["errors"]] == [one[key] for one in english["errors"]]
    messages = [one["message"] for one in german["errors"]]
    assert messages
    assert not set(messages) & {one["message"] for one in english["errors"]}


TEXTS = {"label", "title", "meaning", "same", "unit", "countries", "note", "search"}
TEXTS |= {"amount", "phrases", "nested_phrases"}


def without_texts(told):
    """Return what the registry tells programs, without what it tells people."""
    if isinstance(told, dict):
        return {key: without_texts(value) for key, value in told.items() if key not in TEXTS}
    return [without_texts(one) for one in told] if isinstance(told, list) else told


def test_names_for_programs_are_the_same_in_every_language(boss, segment):
    told = {
        language: in_language(boss, "/api/v1/conditions/", language).json()
        for language in ("en", "de", "fr")
    }
    for language in ("de", "fr"):
        assert without_texts(told[language]) == without_texts(told["en"])
        assert told[language] != told["en"]


def test_only_sentences_of_a_segment_differ_between_languages(boss, segment):
    bodies = []
    for language in ("en", "de", "fr"):
        body = in_language(boss, "/api/v1/segments/few-orders/", language).json()
        assert body.pop("sentence")
        bodies.append(body)

    assert bodies[0] == bodies[1] == bodies[2]


# Files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_exports_of_members_are_the_same_in_every_language(boss, segment, form):
    columns = "id,email,last_name,kind,customer_group,website,accepts_marketing,registered_at"
    address = reverse("admin:segments_segment_export", args=[segment.pk, form])

    def exported(language):
        return in_language(boss, f"{address}?columns={columns}", language).getvalue()

    assert b"M\xc3\xbcller" in exported("en")
    assert exported("en") == exported("de") == exported("fr")


def test_a_report_as_csv_is_the_same_in_every_language(boss, segment):
    address = reverse("admin:segments_segment_report_csv", args=["spread"])

    english, german = (in_language(boss, address, one).content for one in ("en", "de"))

    assert english == german
    assert english.startswith(b"Segments") or b"in no segment" in english


def test_files_of_segments_have_the_same_columns_in_every_language(boss, segment):
    def header(language):
        with override(language):
            response = boss.post(
                reverse("admin:segments_segment_export"),
                {"format": "0", **{f"segmentresource_{name}": "on" for name in ("code", "name")}},
                headers={"Accept-Language": language},
            )
        return response.content.decode().splitlines()[0]

    assert header("en") == header("de") == header("fr")
    assert header("en").startswith("code,name")


def test_stored_names_of_the_shop_are_not_translated(boss, segment):
    Website.objects.filter(code="default").update(name="Orders")

    told = in_language(boss, "/api/v1/conditions/", "de").json()

    options = told["attributes"]["customer.website"]["choices"]["options"]
    assert {"value": "default", "label": "Orders"} in options
