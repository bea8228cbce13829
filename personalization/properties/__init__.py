"""What behaviours carry in their JSON, as attributes: built-in keys and declared properties."""
