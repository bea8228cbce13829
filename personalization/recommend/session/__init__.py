"""The products that a shopper views right now, and related products, read at each call."""
