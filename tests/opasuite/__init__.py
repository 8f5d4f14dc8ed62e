"""Opa! Suite over its real wire form, against an emulator on loopback."""
