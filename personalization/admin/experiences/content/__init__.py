"""Content in the admin: its list and form, its fields, and how it appears in words."""
