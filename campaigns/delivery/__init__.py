"""From a due message to a sent one: claims, the rate limit, the states of a campaign, test mail."""
