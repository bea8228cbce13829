"""Figures on values and life-style: counts over a year of sales, never guesses."""
