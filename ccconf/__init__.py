"""ccconf keeps a contact centre's people and access in Git.

The package is laid out in rooms that import only downwards; `docs/architecture.md` draws them.
"""

__version__ = "0.1.0"
