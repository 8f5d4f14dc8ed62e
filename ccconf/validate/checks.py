"""All offline checks in one list: `validate` is their sum, and `plan` begins with it."""

from __future__ import annotations

from ccconf.findings import Finding, in_order
from ccconf.manifest.compose import Declarations
from ccconf.manifest.rows import with_path
from ccconf.model.licence import Licence
from ccconf.platform.contract import Facts
from ccconf.validate.hours import hours_findings
from ccconf.validate.licence import licence_findings
from ccconf.validate.people import people_findings
from ccconf.validate.references import reference_findings
from ccconf.validate.renames import rename_findings
from ccconf.validate.usage import usage_findings


def validate(declared: Declarations, facts: Facts, licence: Licence) -> tuple[Finding, ...]:
    """Every finding, sorted by place."""
    in_files = [
        with_path(finding, source.name)
        for source, rows in zip(declared.sources, declared.rows, strict=True)
        for finding in rows.findings
    ]
    return in_order(
        [
            *in_files,
            *declared.findings,
            *reference_findings(declared),
            *rename_findings(declared),
            *people_findings(declared),
            *hours_findings(declared),
            *usage_findings(declared),
            *licence_findings(declared, facts, licence),
        ]
    )
