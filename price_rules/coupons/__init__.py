"""Coupons: made, counted, reserved and given back."""
