"""The steps, oldest first; the number of a form is its revision."""
