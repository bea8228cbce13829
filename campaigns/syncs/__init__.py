"""Lists of other mail programs, kept like segments; begin at `campaigns.syncs.sync_runs`."""
