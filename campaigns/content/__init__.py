"""Contents of a mail: the variant, values, links, coupons and placements of one message."""
