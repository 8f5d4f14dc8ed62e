"""Screens before a contact centre, in a vendor's words: a small classic web application, for emulators.

Every word comes from the vendor's guide and facts, so that a runbook made of the same rows can be followed on them.
"""

from ccconf.embedded.screens.screens import Screens

__all__ = ["Screens"]
