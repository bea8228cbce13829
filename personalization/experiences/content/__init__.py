"""The content of variants: what it may be, and what is given out of it to a customer."""
