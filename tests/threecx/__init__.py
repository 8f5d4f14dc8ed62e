"""Stories of ccconf and 3CX: a project in a folder on one side, the emulator behind real HTTP on the other."""
