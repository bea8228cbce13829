"""What gunicorn reads by itself where it is started from this folder."""

import os
from typing import Any

worker_class = "segmentation_site.web.gunicorn_worker.Worker"
# The application that is loaded before its workers are forked; others, as those of tests, need not
# be Django's.
SHARED = "segmentation_site.wsgi"


def when_ready(server: Any) -> None:
    """Load Tranche in the parent of the workers, so that these share its memory.

    New code is loaded by a restart, and not by SIGHUP, which only forks new workers.
    """
    if server.app.app_uri == SHARED:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
        from segmentation_site.preload import preload

        preload()
