"""The fast first pass is trusted only where it cannot differ: both readers are held equal on spoiled manifests."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.manifest import fast
from ccconf.manifest import rows as rows_module
from ccconf.manifest.fast import read_fast
from ccconf.manifest.rows import FileRows, rows_of
from ccconf.manifest.yaml12 import read
from tests.manifest.mutations import SOUND, spoiled

pytest.importorskip("yaml_rs")


def slowly(raw: bytes) -> FileRows:
    """The rows by the reference reader alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "read_fast", lambda text: None)
        return rows_of(raw)


def alike(text: str) -> None:
    """Both ways say the same of a file."""
    swift, reference = rows_of(text.encode()), slowly(text.encode())
    swift.findings.sort(key=lambda finding: finding.order)
    reference.findings.sort(key=lambda finding: finding.order)
    assert swift == reference


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_manifest_takes_the_fast_way_and_means_the_same(text: str) -> None:
    assert read_fast(text) is not None
    assert slowly(text.encode()).findings == []
    alike(text)


@pytest.mark.parametrize("text", SOUND[:3])
def test_the_fast_way_gives_the_same_data(text: str) -> None:
    assert read_fast(text) == read(text, "").data


def test_a_key_that_is_a_number_is_left_to_the_reference_reader() -> None:
    assert read_fast("skills: {007: {}}") == {"skills": {7: {}}}
    assert [row.key for row in rows_of(b"skills: {007: {}}").objects["skill"]] == ["007"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SOUND), st.integers(0, 2**48))
def test_both_readers_say_the_same_of_spoiled_manifests(text: str, seed: int) -> None:
    alike(spoiled(text, Random(seed)))


def _described(value: str) -> str:
    return f"roles:\n  a:\n    description: {value}\n    permissions: {{x: y, p: {value}}}\n"


VALUES = (
    *("two words", "two\n      lines", "a: b", "a #b", "a#b", "#", "a:b", "a :b", ":a", "::", "a:", "- a", "- - a",
    "-a"),
    *("'it''s'", '"a" b', "'a'b", '"a\n  b"', "'a\n\n  b'", "[a,,b]", "[a, b,]", "[a", "{a:b}", "{a:}", "{a: }",
    "{:a}"),
    *("[a: b]", "{? a}", "[a]: b", "it's", '6" pipe', "=", "<<", "~", "null", "nULL", "no", "y", "012", "0o14", "0O14"),
    *("0x1f", "0X1F", "0b1", "_1", "1_000", "0x_1", "0xf_f", "1e_3", "1e3", "4.", ".5", "+4", ".inf", "-.Inf", ".NaN"),
    *("2026-01-01", "12:30:45", "1e400", "18446744073709551616", "a\x85b", "a\u2028b", "a\ufeffb", "a\xa0b", "a\tb",
    "a\rb"),
    *("a\\b", '"\\x41"', "%a", "a%", "@a", "`a", "&a b", "*a", "!a", "|\n      a", ">\n      a", "?", "? a", "---",
    "...", "."),
    *("k" * 1100, " " * 1100 + "x", "[" * 64 + "]" * 64, "[" * 65 + "]" * 65, "{a: " * 9 + "}" * 9, "b\n  c: d",
    "a, b"),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_both_readers_say_the_same_of_a_value(value: str) -> None:
    alike(_described(value))
    alike(f"skills:\n  a: {{name: {value}}}\nschedules:\n  b:\n    lateness_minutes: {value}\n")
    alike(f"users: {{a: {{skills: {{x: {value}}}}}}}\n")


@pytest.mark.parametrize("key", [value for value in VALUES if "\n" not in value], ids=repr)
def test_both_readers_say_the_same_of_a_key(key: str) -> None:
    alike(f"skills:\n  {key}: {{}}\n  b:\n")
    alike(f"skills: {{{key}: {{}}, b: }}\n")
    alike(f"skills: {{{key}, b: {{}}}}\n")
    alike(f"users:\n  a:\n    skills:\n      {key}: 3\n")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n", "# only a comment", "---", "---\nskills: {}\n", "...", "skills: {}\n...\n", "skills:\n--- x",
        "a", "- a", "~",
        "\ufeffskills: {a: {}}\n", "skills: {a: {}}\r\nusers:\r\n", "skills:\n  a: {}\n  a: {}\n",
        "skills: {a: {}}\nskills: {b: {}}\n",
        "skills: {1: {}, '1': {}}\n", "skills: {01: {}, 1: {}}\n", "skills: {a: {},\n  b: {}}\n",
        "skills: {a\n  : {}}\n",
        "skills: {a\n  b: {}}\n", "skills:\n  {a\n  : {}}\n", "skills: {'a\n  b': {}}\n", "skills: {[1]: {}}\n",
        "skills: {[{a: b}]: {}}\n",
        "skills: &a {x: {}}\nroles: *a\n", "skills:\n  a: {name: x # }\n   }\n", "skills:\n- a\n",
        "skills:\n a: {}\n  b: {}\n",
        "skills:\n  a: {}\n b: {}\n", "skills:\n\n\n  a:\n\n    name: x\n\n", "skills: {a: {name: x}} # }\n",
        "skills: {a: {}} x\n",
        "skills: {a: {description: \"}\", name:\n  b}}\n", "skills: {a: {description: 'x'}, b: {name: it's}}\n",
        "- " * 200, "[" * 200, "{a: " * 200, "skills: " + "{a: " * 70 + "}" * 70, "skills:\n  a: {name: x}\n   \n",
        "skills: {a: {},,}\n",
        "skills: {,}\n", "skills: {a: {}, }\n", "skills: [a: {}]\n", "skills: {a, b}\n", "skills: {a: {}}}\n",
        "skills: {{a: b}}\n",
    ],
    ids=repr,
)  # fmt: skip
def test_both_readers_say_the_same_of_a_file(text: str) -> None:
    alike(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: [:b]", "a: {b: :c}", "a: {b:}", "a: [b:, c]", "a: 0X1F", "a: 0O14", "a: 0b1", "a: _1", "a: 1_0", "a: .inf",
        "a: 0x1_f",
        "a: {b\n  : c}", "a: {b\n  c: d}", "a: [b\n  ]", 'a: {b: "}", c\n  : d}', "- - a", "-  -\n", "a: &b c", "a: *b",
        "a: !b c",
        "<<: a", "a: |\n  b", "a: b\\", "---\na: b", "a: b\n...", "a\xa0: b", "a\t: b", "a: b\r\n", "\ufeffa: b",
        f"a: {' ' * 70}b",
    ],
    ids=repr,
)  # fmt: skip
def test_what_the_parsers_disagree_about_is_never_given_to_the_fast_one(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_to_it: list[str] = []

    class Tripwire:
        @staticmethod
        def loads(text: str, **options: Any) -> Any:
            given_to_it.append(text)

    monkeypatch.setattr(fast, "yaml_rs", Tripwire)
    assert read_fast(text) is None
    assert given_to_it == []


def test_whatever_the_fast_parser_raises_the_reference_reader_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        @staticmethod
        def loads(text: str, **options: Any) -> Any:
            raise TypeError("unhashable")

    monkeypatch.setattr(fast, "yaml_rs", Failing)
    assert [row.key for row in rows_of(b"skills: {a: {}}").objects["skill"]] == ["a"]


def test_without_the_extra_everything_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = rows_of(SOUND[0].encode())
    monkeypatch.setattr(fast, "yaml_rs", None)
    assert rows_of(SOUND[0].encode()) == expected


@pytest.mark.parametrize(
    "text", ["'- ' * 200_000", "'[' * 200_000", "'{a: ' * 200_000", "'-\\n' + ' -\\n' * 9", "'? ' * 200_000"]
)
def test_nesting_never_overflows_the_stack_of_the_fast_parser(text: str) -> None:
    """In a process of its own: an overflow would take the test run with it."""
    program = f"from ccconf.manifest.rows import rows_of; print(rows_of(({text}).encode()).findings[0].code)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stdout.startswith("CC")


def test_ordinary_manifests_are_not_doubted() -> None:
    """Else the fast pass would never run; what the look itself costs, the benchmarks measure."""
    users = "".join(
        f"  agent_{number}:\n    name: Agent {number}\n    email: agent.{number}@example.org\n"
        f"    groups: [billing_{number % 7}]\n"
        f"    skills: {{english: 4, polish: 2}}\n    schedule: day\n"
        for number in range(3000)
    )
    assert not fast.doubtful(f"users:\n{users}")
