"""IPTEL: no API of it is known. What is there is seen by snapshot, what changes goes by runbook."""

from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.platform.contract import Descriptor

platform = Descriptor(facts_of(__name__), None, guide=lambda: guide_of(__name__))
