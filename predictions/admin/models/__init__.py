"""The admin pages of models: the list, a model, its training and its versions."""
