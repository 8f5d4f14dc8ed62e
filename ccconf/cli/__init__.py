"""The command line: wiring, exit codes, progress. Nothing imports it."""
