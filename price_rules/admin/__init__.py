"""The admin of price rules: one module per page."""
