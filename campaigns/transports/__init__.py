"""Composing a mail and handing it over to a server, with exact outcomes; knows no models."""
