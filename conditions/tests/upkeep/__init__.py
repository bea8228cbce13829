"""Tests of stored figures, of conditions that flip, and of the columns that conditions read."""
