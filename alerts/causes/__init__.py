"""Why a size has changed: facts of the shop, and how much of the change each explains."""
