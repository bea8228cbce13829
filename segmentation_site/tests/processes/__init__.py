"""Tests of the web server, workers, beat and the queue of files."""
