"""What people see of personalization."""

from personalization.admin import experiences as experiences
