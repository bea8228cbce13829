"""What is in a mail: the variant, the values, links, coupons and placements of one message."""
