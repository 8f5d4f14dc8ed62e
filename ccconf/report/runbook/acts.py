"""What is done to one person at once and is no state that Git could hold: on which screen, under which word."""

from __future__ import annotations

from ccconf.platform.facts import Facts
from ccconf.platform.guide import Guide
from ccconf.report.runbook.values import Sentence
from ccconf.report.runbook.vocabulary import Vocabulary, said, value


def act_steps(facts: Facts, guide: Guide | None, act: str, name: str, language: str = "en") -> tuple[Sentence, ...]:
    """How a person does it, sentence by sentence. `name` is what the platform calls the person it is done to."""
    words = Vocabulary(facts, guide, lambda ref: ref.key, language)
    way = next((row for row in words.guide.acts if row.id == act), None)
    return (
        *((_where(words, way.screen),) if way else ()),
        words.tell("find_person", name=value(name)),
        words.tell("act", act=words.act(act), name=value(name)),
    )


def _where(words: Vocabulary, name: str) -> Sentence:
    screen = words.screen(name)
    mark = () if screen.sure else (*said(" ("), *words.tell("unverified"), *said(")"))
    return (*words.tell("where"), *said(": "), *screen.said, *mark)
