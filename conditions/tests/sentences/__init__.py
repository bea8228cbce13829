"""Tests of trees as sentences, of reading these back, and of reasons."""
