"""Personal lists in the admin: who serves where, and how the candidates compare."""

from personalization.admin.lists.page import ListsAdmin

__all__ = ["ListsAdmin"]
