"""The layouts of Shopify's files and their conversion to ours."""
