"""A browser, the requests that the live server answers, and a user who opens pages.

Playwright is imported by the fixtures that need it, so that collecting tests stays fast.
"""

import os
import threading
from pathlib import Path
from zlib import crc32

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.signals import request_finished, request_started
from django.db import connection, connections
from django.utils.cache import patch_cache_control

# The shell has no windows to draw: 51 tests of the builder took 74 s with it instead of 90 s.
INSTALLED = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
CHROMIUM = next((path for path in INSTALLED if path.exists()), INSTALLED[0])
# How many times slower the browser's processor is made: docs/testing.md.
SLOW = "SLOW_BROWSER"
# Light on a screen, dark on a telephone: the colour scheme and the width in pixels.
LOOKS = [("light", 1280), ("dark", 375)]


@pytest.fixture(scope="module")
def chromium(django_db_setup, request):
    """Start one browser for the tests of a module; Django lets them use the ORM meanwhile.

    A test that names `chromium` among its parameters chooses the font.
    """
    from playwright.sync_api import sync_playwright

    from segments.tests.browser.chromium import USUAL, launched

    # While Playwright's event loop runs, Django looks for this thread's connections in another
    # place: without them it would open new ones, which lack the rows of the migrations.
    ours = {alias: connections[alias] for alias in connections}
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        patch.setattr(StaticFilesHandler, "serve", _serve_to_keep)
        for alias, known in ours.items():
            connections[alias] = known
        with launched(playwright, getattr(request, "param", USUAL)) as browser:
            yield browser


_serve = StaticFilesHandler.serve


def _serve_to_keep(handler, request):
    """Answer with a static file that a browser need not ask for again."""
    response = _serve(handler, request)
    patch_cache_control(response, max_age=3600)
    return response


class Windows:
    """Windows of a browser in which somebody is logged in.

    Windows with the same options share the static files that they loaded, and nothing else: the
    page of a builder loads about fifty of them.
    """

    def __init__(self, browser):
        self.browser = browser
        self.contexts = {}

    def open(self, site, session, **options):
        """Return the page of an empty window for the key of a user's `session` at `site`."""
        key = repr(sorted(options.items()))
        if key not in self.contexts:
            self.contexts[key] = self.browser.new_context(**options)
        context = self.contexts[key]
        context.clear_cookies()
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": session, "url": site}])
        page = context.new_page()
        stored = {"origin": site, "storageTypes": "local_storage"}
        devtools = context.new_cdp_session(page)
        devtools.send("Storage.clearDataForOrigin", stored)
        if times := os.environ.get(SLOW):
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": float(times)})
        return page

    def close(self):
        """Close all windows; what they loaded is kept."""
        for context in self.contexts.values():
            for page in context.pages:
                page.close()


@pytest.fixture(scope="module")
def windows(chromium):
    """Return the windows that a module's tests open, see `Windows`."""
    return Windows(chromium)


class RequestsUnderWay:
    """The requests that the server is answering, each by its thread.

    All threads share the one connection of a database in memory: there, requests take turns.
    """

    def __init__(self):
        self.threads = set()
        self.changed = threading.Condition()
        self.is_shared = connection.vendor == "sqlite" and connection.is_in_memory_db()

    def begin(self, **_given):
        with self.changed:
            if self.is_shared:
                self.wait()
            self.threads.add(threading.get_ident())

    def end(self, **_given):
        with self.changed:
            # A request of the test before may end here: discard() ignores it.
            self.threads.discard(threading.get_ident())
            self.changed.notify_all()

    def wait(self):
        """Wait until there are none: they would meet the tables being emptied."""
        with self.changed:
            assert self.changed.wait_for(lambda: not self.threads, timeout=60)


@pytest.fixture
def under_way():
    """Return the requests that the server is answering during a test."""
    requests = RequestsUnderWay()
    request_started.connect(requests.begin)
    request_finished.connect(requests.end)
    yield requests
    request_started.disconnect(requests.begin)
    request_finished.disconnect(requests.end)


@pytest.fixture
def visitor(request, windows, live_server, under_way, client):
    """Log a superuser in and return their browser, in one of LOOKS; it examines pages in all.

    Which one is the test's own by its name, and so the same in each run.
    """
    from segments.tests.browser.visitor import Visitor

    first = crc32(request.node.name.encode()) % len(LOOKS)
    looks = [*LOOKS[first:], *LOOKS[:first]]
    scheme, width = looks[0]
    client.force_login(User.objects.create_superuser("boss"))
    page = windows.open(
        live_server.url,
        client.session.session_key,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",
    )
    yield Visitor(page, live_server.url, looks)
    windows.close()
    under_way.wait()
