"""Figures on pages, for every app: charts, heat maps, and tables that are also CSV."""
