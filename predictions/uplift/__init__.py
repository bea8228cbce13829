"""Measures of uplift: how well a score orders customers by what a contact changes. Pure."""

from predictions.uplift.qini import qini, qini_interval

__all__ = ["qini", "qini_interval"]
