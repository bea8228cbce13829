"""Mail templates in the admin: the form, the preview of a draft, the names it may use."""

from campaigns.admin.templates.page import TemplateAdmin

__all__ = ["TemplateAdmin"]
