"""The WSGI application that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")

application = get_wsgi_application()

# Django has to be set up before these imports.
from core.processes import show_process  # noqa: E402
from segmentation_site.monitoring.telemetry import set_up_telemetry  # noqa: E402
from segmentation_site.web.statement_limit import limit_statements  # noqa: E402

limit_statements()
set_up_telemetry("web")
show_process("web")
