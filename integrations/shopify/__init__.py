"""What belongs to Shopify: the layouts of its files and how they become ours."""
