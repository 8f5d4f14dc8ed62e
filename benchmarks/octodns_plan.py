"""octoDNS on the same footing: a plan from YAML to YAML in which nothing changes, one record for each user."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

COMMAND = (sys.executable, "-c", "from octodns.cmds.sync import main; main()", "--config-file", "octodns.yaml")
"""What `octodns-sync` does; without --doit it only plans."""

_CONFIG = """\
---
providers:
  config:
    class: octodns.provider.yaml.YamlProvider
    directory: ./config
  live:
    class: octodns.provider.yaml.YamlProvider
    directory: ./live
zones:
  example.org.:
    sources: [config]
    targets: [live]
"""


def installed() -> bool:
    """Whether octoDNS is there: it comes with the extra `bench`."""
    return importlib.util.find_spec("octodns") is not None


def write_zone(folder: Path, records: int) -> None:
    """A zone with so many records, wanted and live alike."""
    text = "".join(["---\n", *_records(records)])
    for side in ("config", "live"):
        (folder / side).mkdir(parents=True, exist_ok=True)
        (folder / side / "example.org.yaml").write_text(text, encoding="utf-8")
    (folder / "octodns.yaml").write_text(_CONFIG, encoding="utf-8")


def _records(records: int) -> Iterator[str]:
    for number in range(records):
        high, low = divmod(number % 65_000, 250)
        yield f"agent-{number:06}:\n  ttl: 300\n  type: A\n  values:\n"
        yield f"  - 10.0.{high}.{low + 1}\n  - 10.1.{high}.{low + 1}\n"
