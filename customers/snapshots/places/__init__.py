"""Where shop snapshots lie: a local directory, or a store such as S3."""
