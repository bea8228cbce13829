"""The night of recommendations: fitted, measured, promoted."""

from personalization.recommend.nightly.fitting import fit_recommendations

__all__ = ["fit_recommendations"]
