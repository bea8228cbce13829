"""The attribution page: the credits of channels and campaigns, and the lift of a campaign."""
