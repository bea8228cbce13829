"""What the links of a mail lead to: pages for whoever has one, without a log-in."""
