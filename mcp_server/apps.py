"""The app of tools for assistants; when Django is ready it hangs its address and tools in."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class McpServerConfig(AppConfig):
    name = "mcp_server"
    verbose_name = _("Assistants")

    def ready(self) -> None:
        from core.api.routes.parts import PUBLIC, Part
        from core.extras import register_extra
        from mcp_server.tools import (
            campaigns,
            conditions,
            customers,
            drafts,
            predictions,
            price_rules,
            segments,
        )
        from mcp_server.tools.tool import TOOLS

        for part in (segments, conditions, drafts, customers, campaigns, price_rules, predictions):
            TOOLS.register(*part.OURS)
        PUBLIC.register(Part("mcp", "mcp_server.endpoint"))
        register_extra(
            setting="MCP_ENABLED",
            extra="mcp",
            module="mcp",
            is_on=lambda: bool(settings.MCP_ENABLED),
        )
