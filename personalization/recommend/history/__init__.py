"""Who bought what, and what follows from it for any pair of SKUs and for the week."""
