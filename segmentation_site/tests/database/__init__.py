"""Tests of indexes, time limits and snapshots of tables, and the tables between tests."""
