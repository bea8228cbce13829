"""The order of events as merchants type it: "viewed and then ordered within 7 days"."""
