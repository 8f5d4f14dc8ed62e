"""Writes accepted values into the YAML files that say them, and leaves every other byte alone."""
