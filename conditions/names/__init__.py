"""The words of merchants for things, a module for each language; these are not translations."""
