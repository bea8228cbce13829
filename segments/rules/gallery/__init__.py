"""Templates in groups: segments that any shop can begin with."""

from segments.rules.gallery.b2b import B2B
from segments.rules.gallery.grow import GROW
from segments.rules.gallery.hygiene import HYGIENE
from segments.rules.gallery.keep import KEEP
from segments.rules.gallery.season import SEASON
from segments.rules.gallery.template import Group, Template
from segments.rules.gallery.win_back import WIN_BACK

__all__ = ["GROUPS", "TEMPLATES", "Group", "Template"]

GROUPS = (GROW, KEEP, WIN_BACK, SEASON, HYGIENE, B2B)
# By code.
TEMPLATES = {one.code: one for group in GROUPS for one in group.templates}
