"""Customers to count, and previews of conditions by the API."""

import pytest


@pytest.fixture(autouse=True)
def marks_of_previews(settings, tmp_path):
    """SQLite's marks lie in a file, which no transaction of a test undoes."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def ask(client):
    """Return a function that asks for a preview and returns its body, which must be a 200.

    `client`: of the module that asks.
    """

    def ask(conditions, **body):
        answer = client.send("POST", "segments/preview/", {"conditions": conditions, **body})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


@pytest.fixture
def people(make_customer):
    """Four customers, three of them at the shop."""
    return [
        make_customer("a", email="a@shop.example", gender="male", first_name="Ann", last_name="A"),
        make_customer("b", email="b@shop.example", gender="female"),
        make_customer("c", email="c@shop.example"),
        make_customer("d", email="d@elsewhere.example", gender="male"),
    ]
