"""Who enters and leaves, told to other servers; begin reading at `segments.webhooks.delivery`."""
