"""Templates of segments for any shop, in groups; other apps may add groups."""

from core.registries import Registry
from segments.rules.gallery.b2b import B2B
from segments.rules.gallery.grow import GROW
from segments.rules.gallery.hygiene import HYGIENE
from segments.rules.gallery.keep import KEEP
from segments.rules.gallery.season import SEASON
from segments.rules.gallery.template import Group, Template
from segments.rules.gallery.win_back import WIN_BACK

__all__ = ["GROUPS", "Group", "Template", "templates"]

GROUPS: Registry[Group] = Registry("group of templates", lambda one: one.code.replace("-", "_"))
GROUPS.register(GROW, KEEP, WIN_BACK, SEASON, HYGIENE, B2B)


def templates() -> dict[str, Template]:
    """Return all templates by their codes."""
    return {one.code: one for group in GROUPS for one in group.templates}
