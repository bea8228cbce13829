"""Assumptions of a plan: their ranges and defaults, and uplifts that were measured."""
