"""`ccconf schema`."""

from __future__ import annotations

from pathlib import Path

import click

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import project_of
from ccconf.files import write_all
from ccconf.manifest.project import shown
from ccconf.manifest.sources import sources_of
from ccconf.report.schemas import SCHEMAS, encoded

_HEADER = "# yaml-language-server: $schema="
_FOLDER = ".ccconf/schemas"


@click.command(name="schema")
@click.argument("name", required=False, type=click.Choice(sorted(SCHEMAS)))
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), help="Write all schemas into this folder.")
@click.option("--write-headers", is_flag=True, help="Write the editor's header into the project's YAML files.")
@click.pass_context
def command(ctx: click.Context, name: str | None, to: Path | None, write_headers: bool) -> int:
    """Print the JSON Schema called NAME, or write all of them, or make your editor use them.

    With --write-headers every manifest and ccconf.yaml begin with the line by which editors with the YAML language
    server find the schema; they then complete and explain every field.
    """
    if name is not None:
        print_json(SCHEMAS[name]())
    elif to is not None:
        write_all({to / f"{key}.json": encoded(key) for key in SCHEMAS}, overwrite=True)
        print_lines(f"wrote {shown(to / f'{key}.json')}" for key in sorted(SCHEMAS))
    elif write_headers:
        _write_headers(ctx)
    else:
        print_lines(sorted(SCHEMAS))
    return 0


def _write_headers(ctx: click.Context) -> None:
    project = project_of(ctx)
    folder = project.base / _FOLDER
    headed = {project.path: "project"}
    for name in project.form.targets:
        target = project.target(name)
        for source in sources_of(target):
            vendor = f"manifest.{target.form.like or target.form.platform}"
            key = vendor if vendor in SCHEMAS else "manifest"
            # a file that targets of two vendors share gets the schema that fits both
            headed[source.path] = key if headed.get(source.path, key) == key else "manifest"
    written_by_hand = [key for key in SCHEMAS if key == "project" or key.startswith("manifest")]
    files: dict[Path, str | bytes] = {folder / f"{key}.json": encoded(key) for key in written_by_hand}
    for path, key in headed.items():
        up = "../" * len(path.relative_to(project.base).parent.parts) if path.is_relative_to(project.base) else ""
        schema = f"{up}{_FOLDER}/{key}.json" if path.is_relative_to(project.base) else str(folder / f"{key}.json")
        files[path] = _with_header(path.read_bytes(), schema)
    write_all(files, overwrite=True)
    print_lines([f"{len(headed)} files begin with the editor's header; the schemas are in {shown(folder)}"])


def _with_header(raw: bytes, schema: str) -> bytes:
    """The file with the header as its first line, in place of an earlier one; everything else stays as it is."""
    mark = b"\xef\xbb\xbf"
    start, body = (mark, raw[len(mark) :]) if raw.startswith(mark) else (b"", raw)
    first, newline, rest = body.partition(b"\n")
    ending = b"\r\n" if first.endswith(b"\r") else b"\n"
    if first.startswith(_HEADER.encode()):
        body = rest if newline else b""
    return start + f"{_HEADER}{schema}".encode() + ending + body
