"""Plans by strategies."""
