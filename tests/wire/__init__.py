"""The one way to ask, under load and under attack."""
