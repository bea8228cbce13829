"""Fields of forms that read what people type in their language, and guess nothing."""
