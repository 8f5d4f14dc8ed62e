"""Runs that are undone."""
