"""The users of people whom a provider knows: found, made, and given their groups."""
