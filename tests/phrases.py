"""Whoever types dozens of commands in one process opens dozens of ledgers, and need not learn SQL again for each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine

from ccconf.ledger import database


class _Phrases(dict[Any, Any]):
    """Statements put into SQL, each once for all ledgers of a kind, and not once for each that is opened."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_a_kind(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_of_a_kind(key), compiled)


def _of_a_kind(key: Any) -> Any:
    """The key of a statement, in which the dialect of one engine stands for all of its kind."""
    dialect, *statement = key
    return (type(dialect), *statement)


def share_phrases() -> None:
    """From now on every ledger of this process knows the statements of those before it."""
    phrases = _Phrases()

    def engine(*where: Any, execution_options: dict[str, Any] | None = None, **how: Any) -> Engine:
        return create_engine(*where, execution_options={**(execution_options or {}), "compiled_cache": phrases}, **how)

    setattr(database, "create_engine", engine)  # noqa: B010 - a name that the module does not hand on
