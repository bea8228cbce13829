"""Somebody who looks at pages of any app twice: in light on a screen, in dark on a telephone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from segments.tests.browser.visitor import Visitor

LOOKS = [("light", 1280), ("dark", 375)]


@pytest.fixture(params=LOOKS, ids=lambda look: "-".join(map(str, look)))
def visitor(
    request: Any, chromium: Any, live_server: Any, under_way: Any, client: Any
) -> Iterator[Visitor]:
    """Return somebody who may do everything."""
    scheme, width = request.param
    client.force_login(User.objects.create_superuser("boss"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield Visitor(page, live_server.url)
    context.close()
    under_way.wait()
