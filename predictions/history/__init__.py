"""Customers' data as of a moment, read as arrays, with exact sums by day and cohort."""
