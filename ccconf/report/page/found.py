"""The page of findings: what is wrong in the manifests, file by file, with what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccconf.codes import CODES, Severity
from ccconf.findings import Finding, in_order
from ccconf.report.page.folding import folded, warning
from ccconf.report.page.nouns import moment, said
from ccconf.report.page.planned import MARKS
from ccconf.report.page.view import Banner, Cell, Entry, Facet, Page, Piece, Row, Section, Tile, Tone, facet
from ccconf.report.words import visible

_COLUMNS = ("Finding", "What is wrong, and what mends it", "Place")
_TOGETHER = 50
"""So many findings of one file stand under one heading, so that the first of a very long list can be laid out."""


def findings_page(findings: Sequence[Finding], *, target: str, at: str) -> Page:
    """What is wrong in the manifests of a target."""
    findings = in_order(findings)
    every = Section("files", "By file", _COLUMNS, tuple(_entries(findings)))
    shown, rest = folded([every] if every.entries else [])
    return Page(
        what="Findings: nothing has been changed",
        title=f"Findings for {visible(target)}" if target else "Findings",
        facts=(*((("Target", visible(target)),) if target else ()), ("Page made", moment(at))),
        banners=(*_banners(findings), *warning(rest)),
        tiles=tuple(_tiles(findings)),
        heading="What was found where",
        order="Files with errors come first.",
        sections=shown,
        facets=_facets(every),
        noun=("place", "places"),
        folded=rest,
    )


def _banners(findings: Sequence[Finding]) -> Iterator[Banner]:
    errors = _count(findings, Severity.ERROR)
    if errors:
        mended = "it is" if errors == 1 else "they are"
        title = f"{said(errors, 'error', 'errors')}: nothing is planned or applied until {mended} mended."
        yield Banner(Tone.BAD, title)
    elif findings:
        yield Banner(Tone.GOOD, "No errors; what is below is worth a look.")
    else:
        yield Banner(Tone.GOOD, "Nothing is wrong.")


def _count(findings: Sequence[Finding], severity: Severity) -> int:
    return sum(found.severity is severity for found in findings)


def _tiles(findings: Sequence[Finding]) -> Iterator[Tile]:
    for severity, (one, many) in _WORDS.items():
        count = _count(findings, severity)
        if count:
            yield Tile(count, one if count == 1 else many, MARKS[severity].tone)


_WORDS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("note", "notes"),
}


def _entries(findings: Sequence[Finding]) -> Iterator[Entry]:
    by_file: dict[str, list[Finding]] = {}
    for found in findings:
        by_file.setdefault(found.where.path if found.where else "", []).append(found)
    for path, mine in sorted(by_file.items(), key=lambda item: (-_urgency(item[1]), item[0])):
        for start in range(0, len(mine), _TOGETHER):
            part = mine[start : start + _TOGETHER]
            label = f"{start + 1} to {start + len(part)} of {len(mine)}" if len(mine) > _TOGETHER else ""
            yield Entry(visible(path) or "(no file)", label, None, rows=tuple(map(_row, part)), urgency=_urgency(mine))


def _urgency(findings: Sequence[Finding]) -> int:
    return max(_RANK[found.severity] for found in findings)


_RANK = {severity: rank for rank, severity in enumerate(reversed(Severity))}


def _row(found: Finding) -> Row:
    place = f"line {found.where.line}, column {found.where.column}" if found.where else ""
    about = f"about {visible(found.subject)}" if found.subject else ""
    title = Piece(visible(found.message))
    hint = (Piece(visible(found.hint)),) if found.hint else ()
    return Row(
        field=f"{found.code} {CODES[found.code].title}",
        cells=(Cell((title, *hint)),),
        marks=(MARKS[found.severity],),
        side=tuple(filter(None, (place, about))),
        tokens=(f"severity-{found.severity}",),
    )


def _facets(every: Section) -> tuple[Facet, ...]:
    options = [(f"severity-{severity}", one) for severity, (one, _) in _WORDS.items()]
    return facet("severity", "Severity", options, every.entries)
