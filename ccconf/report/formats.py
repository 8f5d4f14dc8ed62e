"""The kinds of reports. Each is a function of a subject and is imported only where somebody wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from ccconf.report.sheet import Subject
from ccconf.report.words import visible


def _text(subject: Subject) -> str:
    from ccconf.report import drift_text, text

    def lines() -> Iterator[str]:
        if subject.drift is not None:
            yield from drift_text.drift(subject.drift, subject.sensitivities)
        elif subject.report is not None:
            if subject.plan is not None:
                steps = {step.id: step for step in subject.plan.steps}
                yield from (text.outcome(steps[row.step], row) for row in subject.report.outcomes if row.step in steps)
            yield from text.report(subject.report)
        elif subject.plan is not None:
            yield from text.plan(subject.plan)
        else:
            yield from text.findings(subject.findings)
            yield f"{text.tally(subject.findings)} in {visible(subject.target)}"

    return click.unstyle("".join(f"{line}\n" for line in lines()))


def _markdown(subject: Subject) -> str:
    from ccconf.report import drift_markdown, markdown

    if subject.drift is not None:
        lines = drift_markdown.drift(subject.drift, link=subject.link, sensitivities=subject.sensitivities)
    elif subject.report is not None:
        lines = markdown.run(subject.report, link=subject.link)
    elif subject.plan is not None:
        lines = markdown.plan(subject.plan, link=subject.link, sensitivities=subject.sensitivities)
    else:
        lines = markdown.findings(subject)
    return "".join(f"{line}\n" for line in lines)


def _json(subject: Subject) -> str:
    from ccconf.report.plain import json

    return json(subject)


def _sarif(subject: Subject) -> str:
    from ccconf.report.sarif import sarif

    return sarif(subject)


def _junit(subject: Subject) -> str:
    from ccconf.report.junit import junit

    return junit(subject)


def _codequality(subject: Subject) -> str:
    from ccconf.report.codequality import codequality

    return codequality(subject)


def _github(subject: Subject) -> str:
    from ccconf.report.annotations import github

    return github(subject)


def _openmetrics(subject: Subject) -> str:
    from ccconf.report.openmetrics import openmetrics

    return openmetrics(subject)


def _html(subject: Subject) -> str:
    from ccconf.report import page

    if subject.drift is not None:
        return page.drift(subject.drift, plan=subject.plan)
    if subject.report is not None and subject.plan is not None:
        return page.run(subject.plan, subject.report, at=subject.at)
    if subject.plan is not None:
        return page.plan(subject.plan, at=subject.at)
    return page.findings(subject.findings, target=subject.target, at=subject.at)


FORMATS: dict[str, Callable[[Subject], str]] = {
    "text": _text,
    "markdown": _markdown,
    "html": _html,
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
    "codequality": _codequality,
    "github": _github,
    "openmetrics": _openmetrics,
}
