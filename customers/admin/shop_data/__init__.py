"""The admin's pages of the shop's own data: orders, carts, products, stores and activity."""
