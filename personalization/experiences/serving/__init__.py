"""From a page that asks what to show to its response, and the exposures of it."""
