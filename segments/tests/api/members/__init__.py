"""Tests of who is a member, by the API."""
