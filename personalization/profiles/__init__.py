"""Profiles of customers: computed on request, stored for conditions."""
