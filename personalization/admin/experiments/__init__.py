"""Experiments in the admin: list, forms, power, start and stop, results."""

from personalization.admin.experiments.experiment import ExperimentAdmin

__all__ = ["ExperimentAdmin"]
