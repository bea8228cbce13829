"""Somebody with a browser, and what is wrong with the pages that they open."""

from segments.tests.browser.axe import violations

# On a telephone tables scroll by themselves; here all of their columns are to be seen.
WIDE = 1280
CUT_OFF = """[...document.querySelectorAll('#changelist .results, .segment-scroll')]
    .filter((region) => region.scrollWidth > region.clientWidth)
    .map((region) => `cut off: ${region.scrollWidth} px in ${region.clientWidth}`)"""


class Visitor:
    """Somebody with a browser who notes what it complains of."""

    def __init__(self, page, site):
        self.page, self.site = page, site
        self.complaints = []
        page.on("console", lambda said: self.complaints.append(f"{page.url}: {said.text}"))
        page.on("pageerror", lambda said: self.complaints.append(f"{page.url}: {said}"))

    def open(self, address):
        response = self.page.goto(self.site + address)
        assert response.status == 200, address

    def faults(self):
        """Return what is wrong with the open page."""
        said = list(self.complaints)
        found = [f"{self.page.url}: {one}" for one in violations(self.page)]
        # What axe itself says on the console is not the page's.
        self.complaints[:] = said
        return [*found, *self.misfits()]

    def misfits(self):
        """Return what of the open page does not fit, read from either side."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        found = ["scrolls sideways"] if self.page.evaluate(wide) else []
        if self.page.viewport_size["width"] >= WIDE:
            found += self.page.evaluate(CUT_OFF)
        self.page.evaluate("document.documentElement.dir = 'rtl'")
        found += ["scrolls sideways from right to left"] if self.page.evaluate(wide) else []
        return [f"{self.page.url}: {one}" for one in found]
