"""The layouts of WooCommerce's files and their conversion to ours."""
