"""A server that stands in for a vendor's: real HTTP on loopback, made slow, busy and unreliable on purpose.

The frame knows no vendor. An emulator gives it one function from `Request` to `Answer` and gets connections that stay
open, a pace, faults and a log. It stands on the standard library alone, because the servers that come with web
libraries either close each connection or hide it from the application, and a lost answer needs both.
"""

from ccconf.emulation.exchange import Answer, Cut, Request
from ccconf.emulation.faults import Fault, Faults, faults_from
from ccconf.emulation.log import Record, RequestLog
from ccconf.emulation.pace import Pace
from ccconf.emulation.server import Server, serving

__all__ = [
    "Answer",
    "Cut",
    "Fault",
    "Faults",
    "Pace",
    "Record",
    "Request",
    "RequestLog",
    "Server",
    "faults_from",
    "serving",
]
