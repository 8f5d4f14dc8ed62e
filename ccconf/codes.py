"""Every finding code with its severity, meaning and remedy: the table behind `ccconf explain` and docs/findings.md."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad a finding is. Only an error stops a command."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(NamedTuple):
    """The documented meaning of one finding code."""

    code: str
    severity: Severity
    title: str
    meaning: str
    mend: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

_TABLE = (
    # 0: files, project, environment
    Code(
        "CC001",
        _E,
        "File cannot be read",
        "A file or folder that the project names is missing, is not readable, or is of the wrong kind.",
        "Check the spelling and the permissions. Paths in ccconf.yaml start at the folder of ccconf.yaml.",
    ),
    Code(
        "CC002",
        _E,
        "No manifests found",
        "The folders or patterns of the target hold not one manifest, or the manifests declare not one object. "
        "That is never taken to mean that everybody should leave.",
        "Point `manifests:` at the right folder, or add a .yaml file.",
    ),
    Code(
        "CC003",
        _E,
        "No project here",
        "There is no ccconf.yaml in this folder or in any folder above it.",
        "Change to your project's folder, or start one with `ccconf init`.",
    ),
    Code(
        "CC004",
        _E,
        "Unknown target",
        "The command names a target that ccconf.yaml does not have, or leaves it out where there are several.",
        "Name one of the targets with `-t`.",
    ),
    Code(
        "CC005",
        _E,
        "Unknown platform",
        "The target's `platform:` (or `like:`) is not one that is installed.",
        "Use one of the platforms that the hint lists.",
    ),
    Code(
        "CC006",
        _E,
        "Secret not available",
        "An `!env` variable is not set, or an `!file` cannot be read, at the moment the secret is needed.",
        "Set the variable or create the file. Offline commands do not need secrets.",
    ),
    Code(
        "CC007",
        _E,
        "File cannot be written",
        "The disk is full, the folder is missing or not writable. The old file is still whole.",
        "Free some space or choose another place, then run the command again.",
    ),
    Code(
        "CC008",
        _E,
        "Database cannot be used",
        "The SQLite file is locked by another program, damaged, or not a database of ccconf.",
        "Close the other program, or restore the file from a backup. Nothing was changed.",
    ),
    Code(
        "CC009",
        _E,
        "File would be overwritten",
        "The command was asked to write a file that already exists.",
        "Choose another folder, or say `--force` if the old content may go.",
    ),
    Code(
        "CC010",
        _E,
        "Saved plan cannot be used",
        "The plan file is not a plan, was changed by hand, or was made for another target or version.",
        "Make a new plan with `ccconf plan --out`.",
    ),
    Code(
        "CC011",
        _E,
        "Selection matches nothing",
        "An `--only` pattern or an object name fits nothing in Git or on the platform.",
        "Check the spelling; patterns look like user/agent.* .",
    ),
    # 1: reading YAML
    Code(
        "CC101",
        _E,
        "Not valid YAML",
        "The file breaks YAML's own grammar, so nothing behind that place could be read.",
        "Mend the place; the usual causes are indentation, a missing quote or a tab.",
    ),
    Code(
        "CC102",
        _E,
        "Key written twice",
        "The same key stands twice in one mapping. YAML readers disagree which one wins, so ccconf accepts neither.",
        "Keep one of the two.",
    ),
    Code(
        "CC103",
        _E,
        "Not UTF-8 text",
        "The file is not UTF-8 (or holds control characters), so its letters cannot be trusted.",
        "Save it as UTF-8 in your editor.",
    ),
    Code(
        "CC104",
        _E,
        "Nested too deeply",
        "Mappings and lists stand inside one another beyond any manifest's need.",
        "Flatten the file.",
    ),
    Code(
        "CC105",
        _E,
        "Alias refused",
        "An alias (`*name`) has no anchor, contains itself, or would blow the file up to an enormous size.",
        "Write the value out, or use `defaults:`.",
    ),
    Code(
        "CC106",
        _E,
        "Text too long",
        "One value is longer than 65,536 characters.",
        "Shorten it; files such as pictures are named by path, not pasted.",
    ),
    Code(
        "CC107",
        _E,
        "Unknown tag",
        "A value carries a YAML tag (`!something`) that ccconf does not know.",
        "Remove it. Known tags: !env NAME and !file PATH, in ccconf.yaml.",
    ),
    Code(
        "CC108",
        _E,
        "Merge key refused",
        "`<<` is not part of YAML 1.2 and hides where a value comes from.",
        "Use `defaults:` or a second layer, or write the fields out.",
    ),
    Code(
        "CC109",
        _E,
        "Several documents in one file",
        "The file holds a second YAML document after `---` or `...`.",
        "Put it into a file of its own.",
    ),
    Code(
        "CC110",
        _E,
        "Secret in a manifest",
        "`!env` and `!file` stand in a manifest, whose values are printed in plans.",
        "Secrets belong under `credentials:` of a target in ccconf.yaml.",
    ),
    Code(
        "CC111",
        _E,
        "Plain secret",
        "A credential is written in ccconf.yaml as plain text, where everyone with the repository reads it.",
        "Write `!env NAME` or `!file PATH` instead, and change the secret: it is in the Git history.",
    ),
    Code(
        "CC112",
        _E,
        "Key is not a name",
        "A mapping key is empty, or is itself a list or mapping.",
        "Write a plain name before the colon.",
    ),
    # 2: shape, references, objects
    Code(
        "CC201",
        _E,
        "Unknown key",
        "A key that ccconf does not know stands in an object, a file or ccconf.yaml.",
        "Correct the spelling or remove it.",
    ),
    Code(
        "CC202",
        _E,
        "Wrong type or value",
        "A value is not of the form its field asks for.",
        "Write it as the hint says. Numbers that are names (101, 007, +48…) need quotes.",
    ),
    Code(
        "CC203",
        _E,
        "Unknown reference",
        "An object names another one (a group, role, skill, schedule, allowlist or user) that no manifest declares.",
        "Correct the name or declare the object; `name: {}` is enough for one that ccconf should not change.",
    ),
    Code(
        "CC204",
        _E,
        "Object declared twice",
        "The same object stands twice in one layer. Only a later layer may override an earlier one.",
        "Keep one of the two, or move one to a later layer.",
    ),
    Code(
        "CC205",
        _E,
        "Membership said in two ways",
        "A user and a group both state the membership, with a different role or different permissions.",
        "Say it on one side, or say it alike.",
    ),
    Code(
        "CC206",
        _E,
        "Rename cannot be understood",
        "Two objects claim the same `formerly`, or the former name is still declared as an object of its own.",
        "Leave one `formerly`; remove the object under the old name.",
    ),
    Code(
        "CC207",
        _W,
        "Never used",
        "A role, skill, schedule, allowlist or group is declared but nothing refers to it.",
        "Use it, or remove it.",
    ),
    Code(
        "CC208",
        _E,
        "File not found",
        "A field names a file (such as a picture) that is missing or unreadable.",
        "The path starts at the manifest's folder.",
    ),
    Code(
        "CC209",
        _E,
        "E-mail address used twice",
        "Two users have the same e-mail address (capital letters do not count).",
        "Give each user an address of their own.",
    ),
    Code(
        "CC210",
        _E,
        "Extension used twice",
        "Two users have the same extension.",
        "Give each user an extension of their own.",
    ),
    Code(
        "CC211",
        _E,
        "Skill level too high",
        "A user's level is above the skill's `max_level`.",
        "Lower the level or raise `max_level`.",
    ),
    # 3: addresses and hours
    Code(
        "CC301",
        _E,
        "Not an address or network",
        "An allowlist entry is neither an IPv4/IPv6 address nor a network.",
        "Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.",
    ),
    Code(
        "CC302",
        _E,
        "Host bits set",
        "A network's address has bits beyond its prefix, so it is unclear which network is meant.",
        "Write the network address, or the single address without a prefix.",
    ),
    Code(
        "CC303",
        _W,
        "Networks overlap",
        "One entry of an allowlist lies within another, so removing it would change nothing.",
        "Keep the one you mean.",
    ),
    Code(
        "CC304",
        _W,
        "Everybody is let in",
        "0.0.0.0/0 or ::/0 allows every address in the world, and a prefix below /8 (IPv6: /16) a great part of it.",
        "Name your offices' networks, or remove the allowlist altogether.",
    ),
    Code(
        "CC305",
        _W,
        "Private network",
        "A private, loopback, link-local or otherwise unroutable range never reaches a platform on the internet.",
        "Write the public address of the office, unless the platform stands inside your own network.",
    ),
    Code(
        "CC306",
        _W,
        "Allowlist lets nobody in",
        "An allowlist is declared with no network. Depending on the vendor that locks everybody out or nobody.",
        "Name a network, or remove the allowlist.",
    ),
    Code(
        "CC311",
        _E,
        "Unknown time zone",
        "The time zone is not in the IANA database.",
        "Write a name such as Europe/Warsaw.",
    ),
    Code(
        "CC312",
        _E,
        "Impossible time",
        "A time range is not HH:MM-HH:MM between 00:00 and 24:00, or a date does not exist.",
        "Write 09:00-17:30; a night shift is one entry, 22:00-06:00.",
    ),
    Code(
        "CC313",
        _E,
        "Empty hours",
        "A range ends when it begins.",
        "For the whole day write 00:00-24:00; for a closed day leave the day out.",
    ),
    Code(
        "CC314",
        _E,
        "Hours overlap",
        "Two ranges of the same schedule cover the same time, a night shift running into the next day included.",
        "Join or move them.",
    ),
    Code(
        "CC315",
        _E,
        "Break outside hours",
        "A break does not lie within the hours of its day.",
        "Move the break or extend the hours.",
    ),
    Code(
        "CC316",
        _E,
        "Day said twice",
        "A weekday is covered by two keys, for instance mon-fri and wed.",
        "Say each day once.",
    ),
    Code(
        "CC317",
        _E,
        "Dates the wrong way round",
        "`until` lies before `date`, or one has a year and the other has not.",
        "Swap or complete them.",
    ),
    Code(
        "CC318",
        _W,
        "Schedule without hours",
        "A schedule has neither weekly hours nor exceptions, so nobody ever works by it.",
        "Add `weekly:`.",
    ),
    # 4: licence, permissions, invariants
    Code(
        "CC401",
        _E,
        "Licence does not allow it",
        "A licence rule of the platform is broken by what the manifests ask for.",
        "Remove what the message names, or buy what it names and enter it under `licence:`.",
    ),
    Code(
        "CC402",
        _E,
        "Not enough seats",
        "More active users are wanted than the licence has seats.",
        "Make someone inactive or buy seats.",
    ),
    Code(
        "CC403",
        _E,
        "Rule of the platform broken",
        "An invariant of the platform (for instance: everybody keeps at least one group) would not hold.",
        "Follow the message.",
    ),
    Code(
        "CC404",
        _E,
        "Unknown permission",
        "A role or membership names a permission that the platform's catalogue does not have.",
        "Correct the id.",
    ),
    Code(
        "CC405",
        _E,
        "Wrong level for a permission",
        "The permission does not have that level.",
        "Use one of the levels that the hint lists.",
    ),
    Code(
        "CC406",
        _E,
        "Unknown role within a group",
        "A membership or the rights of a group name a role that the platform does not have within groups.",
        "Use one of the platform's roles; `ccconf permissions` lists them.",
    ),
    Code(
        "CC407",
        _W,
        "The platform has no such field",
        "Objects say a field that the platform does not have, so it can never be brought there.",
        "Remove the field, or keep it for another target in a layer of its own.",
    ),
    Code(
        "CC408",
        _W,
        "Not by API",
        "The platform cannot do this by API. The plan will take another way: a file that the vendor imports, or a "
        "runbook for a person.",
        "Nothing to mend; `ccconf platforms` shows the whole table with its reasons.",
    ),
    Code(
        "CC409",
        _E,
        "Unknown access level",
        "A role's `access_level` is not one of the platform's.",
        "Use one of the levels that the hint lists.",
    ),
    Code(
        "CC410",
        _E,
        "Kind not on this platform",
        "Objects of a kind are declared that the platform does not have at all.",
        "Remove them, or keep them for another target in a layer of its own.",
    ),
    Code(
        "CC411",
        _E,
        "Unknown edition or module",
        "The `licence:` of a target names an edition or module that the platform does not sell, so nothing could be "
        "judged by it.",
        "Use the id of one; `ccconf platforms` and docs/platforms list them.",
    ),
    Code(
        "CC412",
        _E,
        "Beyond a limit of the platform",
        "A text is shorter or longer, or a list has fewer or more entries, than the platform takes.",
        "Follow the message.",
    ),
    Code(
        "CC413",
        _W,
        "Permission that nobody can judge",
        "The vendor's public list of permissions is not complete, and this one stands in no part of it that is known. "
        "It may be right, or misspelt.",
        "Compare it with the vendor's screen.",
    ),
    Code(
        "CC414",
        _W,
        "Permission that was replaced",
        "The vendor's newer versions no longer have this permission; something else took its place.",
        "Use what the hint names instead.",
    ),
    Code(
        "CC415",
        _W,
        "Edition not said",
        "Something in the manifests is open in some editions only, and the target's `licence:` names no edition, so "
        "it could not be judged.",
        "Write `edition:` under `licence:`.",
    ),
    Code(
        "CC416",
        _E,
        "Facts that contradict themselves",
        "The facts file of a platform names an edition, module, kind or field that does not exist, or an id twice. "
        "Nothing can be judged by such a file.",
        "Correct the row, or install the package again.",
    ),
    Code(
        "CC417",
        _E,
        "No such object on this platform",
        "On this platform objects of the kind are parts of others, or there are only certain ones, and the name is "
        "none of theirs: hours, for instance, belong to the group of the same name.",
        "Use one of the names that the hint lists, or declare the object to which it belongs.",
    ),
    # 5: planning
    Code(
        "CC501",
        _E,
        "Cannot be created",
        "A new object lacks a field that the platform needs to create it.",
        "Add the field.",
    ),
    Code(
        "CC502",
        _E,
        "Name already taken",
        "A unique value (name, e-mail address, extension) is held by an object that Git does not manage.",
        "Use another value, or bring the other object into Git.",
    ),
    Code(
        "CC503",
        _E,
        "Rename is ambiguous",
        "Both the old and the new name exist on the platform and the ledger does not say which is which.",
        "Remove `formerly`, or remove one of the two on the platform.",
    ),
    Code(
        "CC504",
        _E,
        "Still in use",
        "An object is to be deleted, but others that Git does not manage still use it.",
        "Release it there first, or keep the object in Git.",
    ),
    Code(
        "CC505",
        _E,
        "Not possible on this platform",
        "The platform cannot do this operation on this kind of object.",
        "See the platform's capability table; remove the object or the field from Git.",
    ),
    Code(
        "CC506",
        _W,
        "Unmanaged members stay",
        "A group declares its members, and has others whom Git does not know. They stay.",
        "Declare them (`name: {}` is enough) or remove them on the platform.",
    ),
    Code(
        "CC507",
        _W,
        "Leaver keeps something",
        "A leaving person keeps a group or role because the platform leaves nobody without one.",
        "Nothing to do; delete the person on the platform if required.",
    ),
    Code(
        "CC508",
        _W,
        "Stays, because the platform keeps it",
        "An object left the manifests that the platform never lets go: its default department, the system's own hours.",
        "Nothing to mend; declare it again if ccconf is to look after it.",
    ),
    Code(
        "CC509",
        _W,
        "Licence is not the one that is declared",
        "The platform says of its licence something else than `licence:` of the target. Rules were judged by what is "
        "declared.",
        "Correct `licence:` in ccconf.yaml.",
    ),
    Code(
        "CC510",
        _W,
        "Opens access",
        "What the plan removes is the only thing that keeps others out.",
        "Make sure that this is meant.",
    ),
    # 6: guards
    Code(
        "CC601",
        _E,
        "Too many removals",
        "The plan would remove or deactivate more objects of a kind than the guard allows.",
        "If it is meant, raise `guards: deletes:` in ccconf.yaml, in a reviewed change, or do it in parts with --only.",
    ),
    Code(
        "CC602",
        _E,
        "Too many changes",
        "The plan would change more objects of a kind than the guard allows.",
        "If it is meant, raise `guards: updates:` in ccconf.yaml, in a reviewed change, or do it in parts with --only.",
    ),
    Code(
        "CC603",
        _E,
        "Protected object",
        "The plan would delete, deactivate or rename an object that `guards: protect:` names, or take access from it.",
        "Leave it as it is, or take it from `protect:` in a reviewed change.",
    ),
    Code(
        "CC604",
        _E,
        "Empty read refused",
        "The platform answered with no object of a kind of which ccconf applied some. That is more likely a fault "
        "than a truth.",
        "Check the platform. If it really is empty, say `--accept-empty KIND`.",
    ),
    Code(
        "CC605",
        _E,
        "Incomplete read",
        "The platform announced another number of objects than it delivered, or delivered one twice.",
        "Try again; nothing is ever planned from an incomplete read.",
    ),
    Code(
        "CC606",
        _E,
        "Own access in danger",
        "The plan would delete, deactivate, rename or strip the identity that ccconf itself uses, or leave the address "
        "from which it comes out of a list of those who may sign in.",
        "Keep the target's `identity:` as it is; add the address that the message names to the list.",
    ),
    Code(
        "CC607",
        _E,
        "Person deleted and made anew",
        "A person leaves and another with the same e-mail or extension is created: that loses history.",
        "Use `formerly: old-key` on the new entry.",
    ),
    # 7: applying
    Code(
        "CC701",
        _E,
        "Changed since the plan",
        "The object is no longer as the plan saw it, so the step was not taken.",
        "Make a new plan.",
    ),
    Code(
        "CC702",
        _E,
        "Refused by the platform",
        "The platform rejected a call.",
        "Follow the platform's message.",
    ),
    Code(
        "CC703",
        _E,
        "Outcome unknown",
        "The answer to a call was lost.",
        "Run the plan again: it shows whether the change arrived.",
    ),
    Code(
        "CC704",
        _E,
        "Needs confirmation",
        "There is no terminal to ask on, and `--yes` was not given.",
        "Say `--yes`, or apply an approved plan file with `--yes`.",
    ),
    Code(
        "CC705",
        _E,
        "Interrupted",
        "The run was stopped. Steps already taken stay and are in the ledger.",
        "Run the plan again to see what is left.",
    ),
    Code(
        "CC706",
        _E,
        "Accepted and not done",
        "The platform answered that the change was made, and reading it back shows that it was not.",
        "Make a new plan. If it happens again, do it on the vendor's screen and ask the vendor.",
    ),
    Code(
        "CC707",
        _E,
        "Platform cannot be reached",
        "The address does not answer, or the connection cannot be trusted (its certificate).",
        "Check `url:` and the network; a certificate of your own is named by `options: {ca: file.pem}`.",
    ),
    Code(
        "CC708",
        _E,
        "Credentials are refused",
        "The platform does not accept the credentials, or no longer does.",
        "Make a new secret on the platform, and put it where `credentials:` of the target points.",
    ),
    Code(
        "CC709",
        _E,
        "Not allowed to",
        "The platform knows who is asking and refuses: the role of the API client is too low, the edition has no "
        "API, or the address may not sign in.",
        "Follow the message.",
    ),
    Code(
        "CC710",
        _E,
        "Answer that makes no sense",
        "The platform's answer was cut off or is not in the documented form. Nothing was concluded from it.",
        "Try again; if it stays, something between ccconf and the platform (a proxy, a login page) answers instead.",
    ),
)

CODES: dict[str, Code] = {row.code: row for row in _TABLE}
