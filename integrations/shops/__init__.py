"""What platforms share that bring their shop: files, layouts, guests, identifiers, the plan."""
