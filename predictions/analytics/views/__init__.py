"""Views of all customers together, each as of a moment."""
