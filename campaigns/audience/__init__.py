"""The audience of a campaign: recipients and exclusions, coupons, warnings, freezing."""
