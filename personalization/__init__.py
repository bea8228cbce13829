"""Personalization: behaviour of shoppers, profiles, experiences and offers; above predictions."""
