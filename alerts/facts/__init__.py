"""Facts of the shop that explain how a segment's size has changed."""
