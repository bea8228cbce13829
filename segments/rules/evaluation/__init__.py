"""Evaluates the rules of segments: parsed, cached, as statements, and at what cost."""
