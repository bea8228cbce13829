"""Lists of other mail programs, kept like segments; begin reading at `campaigns.syncs.running`."""
