"""Cart price rules and coupons: what a shopper's cart costs less, and why."""
