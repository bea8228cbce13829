"""The calls about offers."""
