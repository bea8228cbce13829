"""Conditions of segments on profiles, consent and behaviour; audiences."""
