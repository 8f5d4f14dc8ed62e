"""A row as the contract shows it. Opa! Suite has no revisions, so the content that ccconf manages stands for one."""

from __future__ import annotations

import hashlib

import msgspec

from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed


def seen(ref: Ref, resource: Resource, native_id: str) -> Observed:
    """A live object. Fields that are not managed, secrets above all, are no part of the revision."""
    digest = hashlib.blake2b(msgspec.json.encode([ref.key, resource]), digest_size=8).hexdigest()
    return Observed(ref, resource, native_id, digest)
