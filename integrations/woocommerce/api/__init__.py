"""WooCommerce's REST API: declared objects, the reader, the conversion."""
