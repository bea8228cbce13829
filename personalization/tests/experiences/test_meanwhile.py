"""What somebody else does while a page is answered or a row is written is no server's fault."""

import pytest
from django.db import connection

from customers.merging import merge_guest
from customers.models.identity.customer import CustomerKind
from personalization.experiences.resources import VARIANTS
from personalization.experiences.serving import responses
from personalization.experiments.resource import EXPERIMENTS
from personalization.models import Assignment, Experiment, Exposure, Placement
from personalization.tests.experiences.conftest import ask
from tests.factories.experiences import text, variant

ARMS = [variant(code, algorithm="cosine") for code in "ab"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meanwhile(monkeypatch):
    """Return a function that has something happen once, just before a module's name is called."""

    def meanwhile(module, name, deed):
        real, done = getattr(module, name), []

        def called(*args, **kwargs):
            if not done:
                done.append(True)
                deed()
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, called)

    return meanwhile


@pytest.fixture
def running(settings, make_placement, make_experiment):
    settings.TRACKING_CONSENT = "opt_out"
    make_placement()
    return make_experiment("exp-1", running=True, placement="hero")


def test_a_customer_who_is_gone_meanwhile_is_answered(page, running, make_customer, meanwhile):
    customer = make_customer("C1")
    meanwhile(responses, "note", customer.delete)
    answer = ask(page, customer_id="C1")
    assert answer["elements"][0]["name"] == "hero"
    assert not Exposure.objects.exists()
    assert not Assignment.objects.exists()


def test_what_a_guest_was_shown_is_the_customers_who_they_have_become(
    page, running, make_customer, meanwhile
):
    make_customer("v-1", kind=CustomerKind.GUEST)
    customer = make_customer("C1")
    meanwhile(responses, "note", lambda: merge_guest("v-1", "C1"))
    answer = ask(page, customer_id="v-1")
    assert Exposure.objects.get().customer == customer
    stored = Assignment.objects.get()
    assert (stored.customer, stored.variant) == (customer, answer["elements"][0]["variant"])


def test_a_placement_that_is_gone_meanwhile_takes_no_variant(page, make_placement, meanwhile):
    place = make_placement()
    meanwhile(VARIANTS, "checked", place.delete)
    body = {"code": "a", "content": text("A")}
    answer = page.send("POST", "personalization/placements/hero/variants/", body)
    assert answer.status_code == 404, answer.content


def test_an_experiment_of_a_placement_that_is_gone_meanwhile_is_refused(
    client_with, make_placement, meanwhile
):
    place = make_placement()
    tester = client_with("personalization.add_experiment")
    meanwhile(EXPERIMENTS, "checked", place.delete)
    body = {"name": "A", "placement": "hero", "variants": ARMS}
    answer = tester.send("POST", "personalization/experiments/", body)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == ["placement"]


def test_a_code_that_nobody_gave_is_looked_for_again(client_with, make_experiment, monkeypatch):
    tester = client_with("personalization.add_experiment")
    body = {"name": "A", "variants": ARMS}
    judge, found_before = EXPERIMENTS.checked, [EXPERIMENTS.checked(None, body)]
    make_experiment("a", variants=ARMS)

    def checked(*given, **more):
        return found_before.pop() if found_before else judge(*given, **more)

    monkeypatch.setattr(EXPERIMENTS, "checked", checked)
    answer = tester.send("POST", "personalization/experiments/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["code"] == "a-2"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.parametrize("kind", ["variant", "experiment"])
def test_deleting_a_placement_and_adding_to_it_at_once(client_with, make_placement, kind):
    from personalization.tests.test_at_once import at_once

    rights = ("add_experiment", "add_experiencevariant", "delete_placement", "view_placement")
    names = [f"personalization.{one}" for one in rights]
    tester = client_with(*names)
    for _try in range(3):
        make_placement()

        def call(number):
            if number % 2:
                path, body = "personalization/placements/hero/variants/", {"content": text("A")}
                if kind == "experiment":
                    path, body = "personalization/experiments/", {
                        "name": "A", "placement": "hero", "variants": ARMS,
                    }  # fmt: skip
                return tester.send("POST", path, body | {"code": f"c{number}"}).status_code
            path = "personalization/placements/hero/"
            return tester.send("DELETE", path, if_match='"1"').status_code

        codes = at_once(call)
        assert set(codes) <= {201, 204, 400, 404, 409}
        Experiment.objects.all().delete()
        Placement.objects.all().delete()
