"""From PostgreSQL's rows to Parquet files."""
