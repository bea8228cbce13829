"""The pages of models: the list, one model, its training, its versions."""
