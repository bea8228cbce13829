"""What other shops' software needs to ask Tranche; each is an extra of its own."""
