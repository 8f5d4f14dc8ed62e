"""IPTEL: what is known of it offline. It can be validated against, and imitated with `like: iptel`."""

from ccconf.manifest.facts import facts_of
from ccconf.platform.contract import Descriptor

platform = Descriptor(facts_of(__name__), None)
