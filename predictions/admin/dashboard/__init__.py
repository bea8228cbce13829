"""The dashboard, one module per section: the figures of the API, formatted for merchants."""
