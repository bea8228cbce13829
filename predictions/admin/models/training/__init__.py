"""The admin pages that train and retrain a model."""
