"""The work that keeps members right: runs, batches, watermarks, and running previews."""
