"""The page of attribution: who is credited with sales, and what a campaign has brought."""
