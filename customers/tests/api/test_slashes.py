"""One last slash belongs to the address, all others to what is named at its end."""

import pytest
from django.urls import Resolver404
from django.urls.resolvers import RegexPattern, URLResolver

from core.api.endpoint import Endpoint
from core.api.routes.slashes import either_way

RESOLVER = URLResolver(
    RegexPattern(r"^/"),
    [
        either_way("things/", Endpoint, name="things"),
        either_way("things/<any_text:number>/", Endpoint, name="thing"),
    ],
)


@pytest.mark.parametrize(
    ("address", "name", "number"),
    [
        ("/things", "things", None),
        ("/things/", "things", None),
        ("/things/A", "thing", "A"),
        ("/things/A/", "thing", "A"),
        ("/things/A//", "thing", "A/"),
        ("/things/A/B", "thing", "A/B"),
        ("/things/A/B/", "thing", "A/B"),
        ("/things//", "thing", "/"),
    ],
)
def test_both_ways_lead_to_the_same(address, name, number):
    found = RESOLVER.resolve(address)
    assert found.url_name == name
    assert found.kwargs == ({} if number is None else {"number": number})


@pytest.mark.parametrize("address", ["/thing", "/things2", "/other/", "/"])
def test_nothing_else_does(address):
    with pytest.raises(Resolver404):
        RESOLVER.resolve(address)
