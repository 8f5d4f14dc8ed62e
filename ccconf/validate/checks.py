"""All offline checks in one list: `validate` is their sum, and `plan` begins with it."""

from __future__ import annotations

from ccconf.findings import Finding, Location, errors, in_order
from ccconf.manifest.compose import Declarations
from ccconf.manifest.rows import with_path
from ccconf.model.licence import Licence
from ccconf.platform.facts import Facts
from ccconf.validate.hours import hours_findings
from ccconf.validate.licence import licence_findings
from ccconf.validate.people import people_findings
from ccconf.validate.platform import platform_findings
from ccconf.validate.references import reference_findings
from ccconf.validate.renames import rename_findings
from ccconf.validate.usage import usage_findings


def validate(declared: Declarations, facts: Facts, licence: Licence, *, driven: bool = False) -> tuple[Finding, ...]:
    """Every finding, sorted by place. `driven`: the target is the platform itself, not one that imitates it."""
    in_files = [
        with_path(finding, source.name)
        for source, rows in zip(declared.sources, declared.rows, strict=True)
        for finding in rows.findings
    ]
    found = [
        *in_files,
        *_nothing(declared),
        *declared.findings,
        *reference_findings(declared),
        *rename_findings(declared),
        *people_findings(declared),
        *hours_findings(declared),
        *licence_findings(declared, facts, licence),
        *platform_findings(declared, facts, licence, driven=driven),
    ]
    if not errors(found):  # what a mistake hides would seem unused
        found.extend(usage_findings(declared, facts))
    return in_order(found)


def _nothing(declared: Declarations) -> list[Finding]:
    """Manifests without a single object are a slip, never the wish that everybody leave (CC002)."""
    if len(declared) or declared.incomplete:
        return []
    where = Location(declared.sources[0].name)
    hint = "declare something; to empty a platform, remove its objects there"
    return [Finding(code="CC002", message="the manifests declare no object at all", where=where, hint=hint)]
