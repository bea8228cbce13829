"""A loyalty programme: an example of an app that brings conditions of its own."""
