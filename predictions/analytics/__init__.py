"""Views of all customers together: computed as of a moment, and stored with each scoring."""
