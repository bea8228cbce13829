"""The content of variants: its types and checks, and its rendering for a customer."""
