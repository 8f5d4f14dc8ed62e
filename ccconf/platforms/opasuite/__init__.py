"""Opa! Suite: an omnichannel suite whose API reads most things and writes departments alone.

What it does not write goes by a file (new people) or by hand. The connection is imported when it is opened: validating
needs no network library.
"""

from __future__ import annotations

from collections.abc import Sequence

from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.model.change import Create
from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Descriptor, Handed, NativeId, Platform
from ccconf.platform.guide import Guide

_PACKAGE = "ccconf.platforms.opasuite"


def _connect(connection: Connection) -> Platform:
    from ccconf.platforms.opasuite.connection import connect

    return connect(connection)


def _as_held(ref: Ref, resource: Resource) -> Resource:
    from ccconf.platforms.opasuite.translate import as_held

    return as_held(ref, resource)


def _import_file(people: Sequence[Create], native_id: NativeId, earlier: Sequence[bytes]) -> Handed:
    from ccconf.platforms.opasuite.csv_import import import_file

    return import_file(people, native_id, earlier)


def _guide() -> Guide:
    return guide_of(_PACKAGE)


platform = Descriptor(facts_of(_PACKAGE), _connect, _as_held, import_file=_import_file, guide=_guide)
