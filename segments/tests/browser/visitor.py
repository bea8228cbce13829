"""Somebody with a browser, and what is wrong with the pages that they open."""

from segments.tests.browser.axe import violations

# All columns of a table are to be seen on a desktop, and as rows of a block on a telephone; between
# the two a table may scroll by itself.
NARROW, WIDE = 640, 1280
CUT_OFF = """[...document.querySelectorAll(':is(#changelist .results, .segment-scroll):has(table)')]
    .filter((region) => region.scrollWidth > region.clientWidth)
    .map((region) => `cut off: ${region.scrollWidth} px in ${region.clientWidth}`)"""

# Whether anything is being counted, after the page has had the time to ask for more.
IS_BUSY = """new Promise(resolve => requestAnimationFrame(() => setTimeout(
    () => resolve(document.querySelector('[aria-busy=true]') !== null))))"""
MILLISECONDS_BETWEEN_CHECKS = 20
MOST_CHECKS = 1500


class Visitor:
    """Somebody with a browser who notes what it complains of.

    What they do is done in the first of `looks`, each a colour scheme and a width in pixels; what
    is open is examined in all of them. Loading a page, and what leads to it, takes longer than
    looking at it once more.
    """

    def __init__(self, page, site, looks):
        self.page, self.site, self.looks = page, site, looks
        self.complaints = []
        page.on("console", lambda said: self.complaints.append(f"{page.url}: {said.text}"))
        page.on("pageerror", lambda said: self.complaints.append(f"{page.url}: {said}"))
        self.requests = set()
        page.on("request", lambda request: self.requests.add(request))
        page.on("requestfinished", lambda request: self.requests.discard(request))
        page.on("requestfailed", lambda request: self.requests.discard(request))

    def open(self, address):
        self.requests.clear()
        response = self.page.goto(self.site + address)
        assert response.status == 200, address
        # Slow figures come after the page.
        self.page.wait_for_selector("[data-working=now]", state="detached")

    def settle(self):
        """Wait until the open page has every reply that it requests by itself.

        Playwright's state "networkidle" waits half a second longer on each page.
        """
        quiet = 0
        for _check in range(MOST_CHECKS):
            is_busy = self.page.evaluate(IS_BUSY)
            quiet = 0 if is_busy or self.requests else quiet + 1
            # The handler of a response may send the next request.
            if quiet == 2:
                return
            if not quiet:
                self.page.wait_for_timeout(MILLISECONDS_BETWEEN_CHECKS)
        raise AssertionError(f"{self.page.url} still waits for {self.requests}")

    def faults(self):
        """Return what is wrong with the open page."""
        said = list(self.complaints)
        found = []
        for look in self.each_look():
            found += [f"{self.page.url} {look}: {one}" for one in violations(self.page)]
            found += self._misfits(look)
        # What axe itself says on the console is not the page's.
        self.complaints[:] = said
        return found

    def misfits(self):
        """Return what of the open page does not fit."""
        return [one for look in self.each_look() for one in self._misfits(look)]

    def each_look(self):
        """Yield each look, in which the open page is then, without being loaded again."""
        yield self.looks[0]
        for look in self.looks[1:]:
            self._take(look)
            yield look
        if self.looks[1:]:
            self._take(self.looks[0])

    def _take(self, look):
        scheme, width = look
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({**self.page.viewport_size, "width": width})

    def _misfits(self, look):
        """Return what of the open page does not fit in a look, read from either side."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        found = ["scrolls sideways"] if self.page.evaluate(wide) else []
        if not NARROW < self.page.viewport_size["width"] < WIDE:
            found += self.page.evaluate(CUT_OFF)
        direction = self.page.evaluate("document.documentElement.dir")
        self.page.evaluate("document.documentElement.dir = 'rtl'")
        found += ["scrolls sideways from right to left"] if self.page.evaluate(wide) else []
        self.page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
        return [f"{self.page.url} {look}: {one}" for one in found]
