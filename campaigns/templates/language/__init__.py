"""The language of templates: what may be written, how it is parsed and checked."""
