"""Sound manifests, and ways to spoil them as people, editors and merges do."""

from __future__ import annotations

from random import Random

SOUND = (
    """\
roles:
  operator: {permissions: {calls.answer: true, users: read}, allowlists: [office]}
  supervisor:
    name: Supervisor
    permissions:
      users: read
      calls.barge_in: true
allowlists:
  office: {networks: [203.0.113.0/24, "2001:db8::/32"]}
  vpn:
    networks:
      198.51.100.7: the gate
      192.0.2.0/25:
""",
    """\
users:
  agent.01:
    name: Agent One
    email: agent.01@example.org
    extension: "101"
    position: Operator
    groups: [billing, sales]
    roles:
    - operator
    - supervisor
    skills: {english: 4, polish: 12}
    schedule: day
  agent.02:
    name: 'O''Neill, Zażółć'
    status: inactive
    mobile: "+48 600 100 200"
    language: pl
    two_factor: true
    groups:
      billing: {role: manager, permissions: {chats: no, calls: true}}
      sales:
""",
    """\
# the hours
schedules:
  day:
    timezone: Europe/Warsaw
    weekly: {mon-fri: ["09:00-13:00", "13:30-17:30"], sat: ["22:00-06:00"]}
    breaks: {mon: [11:00-11:15]}
    holidays:
      - {date: 12-25, name: Christmas Day}
      - date: 2026-05-01
        until: 2026-05-03
    lateness_minutes: 5
    overtime_minutes: 15
skills:
  english: {name: English, max_level: 5}
  polish: {}
  "007": {description: "licensed: yes # no"}
""",
    """\
defaults:
  users: {status: active, schedule: day, type: human}
groups:
  billing:
    members: [agent.01, agent.02]
    rights: {manager: {calls.barge_in: true}, agent: {}}
    description: Invoices and
      reminders
  sales: {name: Sales, schedule: null, timezone: ~}
users: {101: {name: One}, 012: {name: Twelve, formerly: old}}
""",
)

_PIECES: tuple[str, ...] = (
    *" \n:,-[]{}'\"#",
    *("  ", "\n  ", "\n    ", "\n\n", ": ", " :", ":\n", ", ", ",,", "- ", "- - ", " #", "# ", "[]", "{}", "''", '""'),
    *("a: b", "a:b", "{a:b}", "[a,,b]", "[a, b,]", "{a, b}", "{a: }", "{: a}", "[: ]", "[a: b]", "? ", "?", ":a", "::"),
    *("~", "null", "Null", "nULL", "true", "True", "TRUE", "tRUE", "no", "on", "y", "yes", "Off"),
    *("0", "1", "5", "007", "012", "0o14", "0O14", "0x1f", "0X1F", "1e3", "1E0", "4.0", "4.", ".4e1", "+4", "-4",
    "1.5"),
    *("0b1", "1_000", "1_0", "_1", "5_", "1e_3", "0x_1", "1_.5", "_.5", "__1", "-_1", "0x1_f", ".inf", "-.INF", ".nan",
    "+.Nan", ".", "-", "+", "e", "0o", "0x", "0o8", "1e"),
    *("99999999999999999999", "18446744073709551615", "1e400", "12:30:45", "2026-01-01", "2026-01-01T10:00:00Z"),
    *("\t", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\ufeff", "\x00", "\x7f", "\xa0", "\u3000", "\x0b", "\x0c", "é",
    "😀"),
    *("&a ", "*a", "!", "!!str ", "!env ", "<<: ", "<<", "---\n", "\n---\n", "...", "\n...\n", "%", "@", "`", "|", ">",
    "|\n", "=", "\\"),
    *("\n- a", "\n-", "\n  -", "'a\n  b'", "[a,\n b]", "{a: 1,\nb: 2}", "\nusers:", "\nusers: {}", "\n  agent.01: {}",
    "007: {}"),
    *("'x': ", '"x": ', "'x':", '"x":y', '"x" : ', "'a' 'b'", "x'y", 'x"y', "it's", "a #b", "a#b", "a # b", "#b", "[#]",
    "{#}", "a:}", "a:]", "a:,", ":}", "?}", "-}", "[-]", "{-}", "[-a]", "- -", "-"),
    *("[" * 5, "]" * 5, "{" * 3, "- " * 5, "[" * 70, "- " * 70, "k" * 1030, " " * 1030, "k" * 101, "x, " * 40),
)  # fmt: skip


def spoiled(text: str, random: Random) -> str:
    """The text after one to four mistakes."""
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        text = random.choice(_WAYS)(text, random)
    return text


def _insert(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(_PIECES) + text[at:]


def _replace(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(_PIECES) + text[at + random.randint(1, 6) :]


def _delete(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    return text[:at] + text[at + random.choice((1, 1, 1, 2, 3, 8)) :]


def _value(text: str, random: Random) -> str:
    """Put something else where a value stands."""
    places = [at + 2 for at in range(len(text)) if text.startswith(": ", at)]
    if not places:
        return _insert(text, random)
    at = random.choice(places)
    end = min((found for found in (text.find(mark, at) for mark in "\n,}]") if found >= 0), default=len(text))
    return text[:at] + random.choice(_PIECES) + text[end:]


def _key(text: str, random: Random) -> str:
    """Put something else where a key stands."""
    places = [at for at in range(len(text)) if text.startswith(":", at)]
    if not places:
        return _insert(text, random)
    end = random.choice(places)
    start = max(text.rfind(mark, 0, end) for mark in " \n{,") + 1
    return text[:start] + random.choice(_PIECES) + text[end:]


def _line(text: str, random: Random) -> str:
    """Drop, double, shift, move or join a line."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randint(0, len(lines)), lines[at])
        case 2:
            lines[at] = random.choice((" ", "  ", "    ")) + lines[at]
        case 3:
            lines[at] = lines[at][random.choice((1, 2, 4)) :]
        case 4:
            lines.insert(random.randint(0, len(lines)), lines.pop(at))
        case _:
            lines[at : at + 2] = [random.choice(("", " ", ", ")).join(lines[at : at + 2])]
    return "\n".join(lines)


def _wrap(text: str, random: Random) -> str:
    """Break a line at a blank, as an editor does, at some indentation."""
    places = [at for at, letter in enumerate(text) if letter in " ,:"]
    at = random.choice(places) if places else 0
    return text[: at + 1] + "\n" + " " * random.randint(0, 8) + text[at + 1 :]


_WAYS = (_insert, _insert, _replace, _delete, _value, _value, _key, _line, _line, _wrap)
