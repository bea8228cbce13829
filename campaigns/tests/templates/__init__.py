"""Tests of the templates of mails."""
