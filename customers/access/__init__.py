"""Limits to websites, for rows that name websites or stores by their codes."""
