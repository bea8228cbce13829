"""Where people look after personalization."""

from personalization.admin import experiences as experiences
