"""The database of WooCommerce (tables of orders, HPOS) and how its rows become ours."""
