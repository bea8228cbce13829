"""Tests of attributes: figures of rows, comparisons, habits, ranks, guests, refunds."""
