"""What belongs to Woocommerce: the layouts of its files and how they become ours."""
