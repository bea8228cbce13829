"""Shop snapshots: the shop's tables of one moment as Parquet files, for other engines."""
