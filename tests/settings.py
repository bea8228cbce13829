"""Tranche's own settings with the example app installed, as a shop that uses it would have them."""

from segmentation_site.settings import *  # noqa: F403
from segmentation_site.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.loyalty"]
if DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
    # Beside the database of the tests without the app, which may be running.
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}_loyalty"}
