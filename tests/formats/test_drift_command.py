"""What a command does that makes a report of each target, as `ccconf drift` does."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ccconf.cli.drifting import drift_of
from ccconf.cli.reporting import KINDS, report_options, reporting
from ccconf.cli.session import format_option, project_of
from ccconf.report.drift_text import drift as as_text
from ccconf.report.formats import FORMATS
from tests.cli.desk import Desk
from tests.formats.parsers import PARSERS

PEOPLE = {"ann.lee": {"name": "Ann Lee", "roles": ["agent"]}, "bo.dahl": {"name": "Bo Dahl"}}
TEAM = {"roles": {"agent": {}, "admin": {}}, "users": PEOPLE}


@click.command()
@format_option("text", "json")
@report_options
@click.pass_context
def command(ctx: click.Context, format_: str) -> None:
    """Every target's drift."""
    project = project_of(ctx)
    names = sorted(project.form.targets)
    with reporting(ctx, "drift", project, names) as reports:
        for name in names:
            seen = drift_of(project.target(name))
            told = reports.tell(reports.of_drift(seen.drift, plan=seen.plan, exit_code=2))
            assert told.drift is not None
            click.echo("\n".join(as_text(told.drift)))


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CCCONF_NOW", "2026-11-20T09:00:00Z")
    desk = Desk(tmp_path).declare(**TEAM)
    desk.apply()
    desk.console("user/ann.lee", roles=["admin"], name="Ann Dahl")
    return desk


def drift(desk: Desk, *words: str) -> Result:
    return CliRunner().invoke(command, words, obj=str(desk.folder), catch_exceptions=False)


def test_every_report_of_a_real_drift(desk: Desk) -> None:
    ran = drift(desk, *(word for kind in FORMATS for word in ("--report", f"{kind}=out/{{target}}.{kind}")))
    assert ran.exit_code == 0
    for kind in FORMATS:
        PARSERS[kind]((desk.folder / "out" / f"office.{kind}").read_text())
    results = json.loads((desk.folder / "out/office.sarif").read_text())["runs"][0]["results"]
    (roles,) = [row for row in results if "roles" in row["message"]["text"]]
    region = roles["locations"][0]["physicalLocation"]["region"]
    line = (desk.folder / "manifests/all.yaml").read_text().splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == '["agent"]'
    assert "2 things were changed outside Git on office, 1 of them touches security" in ran.output


def test_nobody_is_named(desk: Desk) -> None:
    ran = drift(desk, "--mask", "people", *(word for kind in FORMATS for word in ("--report", f"{kind}=out/{kind}")))
    for said in (ran.output, *((desk.folder / "out" / kind).read_text() for kind in FORMATS)):
        assert not [name for name in ("ann.lee", "Ann Lee", "Ann Dahl", "bo.dahl", "Bo Dahl") if name in said]
    assert "admin" in ran.output and "agent" in ran.output


def test_a_report_of_each_target_needs_a_file_of_each(desk: Desk) -> None:
    form = {"platform": "local", "url": "live.db", "manifests": ["manifests"]}
    desk.write("ccconf.yaml", json.dumps({"version": 1, "targets": {"a": form, "b": {**form, "url": "other.db"}}}))
    ran = drift(desk, "--report", "json=out/d.json")
    assert ran.exit_code == 2 and "write {target} into out/d.json" in ran.output
    assert not (desk.folder / "out").exists()


def test_the_kinds_are_known_without_importing_them() -> None:
    assert tuple(KINDS) == tuple(FORMATS)
