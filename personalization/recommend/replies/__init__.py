"""Lists for a shopper: what was requested, candidates, the shop's rules, and the whole reply."""
