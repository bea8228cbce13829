"""How versions of models are trained, retrained, evaluated and named."""
