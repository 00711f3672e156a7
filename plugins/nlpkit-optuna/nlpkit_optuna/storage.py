"""The database that the processes of a search share, and the study in it."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from nlpkit import ConfigError, MissingError, StorageError
from nlpkit_optuna.search import Search, without_password

FACTS = "nlpkit"  # the attribute of a study that says what it searches
AGAIN = "again"  # the attribute of a trial that is run again: which one it was at first
ATTEMPT = "attempt"
ERROR = "error"  # that of one that failed: why
_ATTEMPTS = 5  # a trial that kills its process as often is not run again
_OPENINGS = 10
_BUSY_SECONDS = 60  # that a process waits for the file of a database
_FORM = "give one such as sqlite:///trials.db or postgresql://user@host/name"
_OTHER_NAME = "another --name begins a study of its own"
_DRIVERS = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}


@contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's log, and without its warnings, such as those about what is new in it."""
    logger = logging.getLogger("optuna")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def shared(url: str, grace: int) -> Iterator[RDBStorage]:
    """The storage at an address, which is closed at the end."""
    storage = opened(url, grace)
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def opened(url: str, grace: int) -> RDBStorage:
    """The storage at an address, in which running trials give signs of life.

    ConfigError where it is none that can tell whether a process lives, MissingError without its driver, and
    StorageError where it cannot be opened.
    """
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    _require_shared(url)
    where = without_password(url)
    for left in reversed(range(_OPENINGS)):
        try:
            with quiet():
                return _storage(url, grace)
        except ImportError as error:
            module = getattr(error.__cause__, "name", None) or "a driver for it"
            hint = f"pip install '{_DRIVERS.get(module, module)}'"
            raise MissingError(f"{module} is not installed", hint=hint, location=where) from error
        except (ArgumentError, NoSuchModuleError) as error:
            raise ConfigError(
                "storage: this is not the address of a database", hint=_FORM, location=where
            ) from error
        except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
            if not left:
                reason = str(getattr(error, "orig", None) or error).splitlines()[0]
                raise StorageError(f"the storage cannot be opened: {reason}", location=where) from error
            time.sleep(0.2)  # another process may be making its tables
        except RuntimeError as error:
            raise ConfigError(f"storage: {error}", location=where) from error  # the tables of another version
    raise AssertionError


def _require_shared(url: str) -> None:
    if "://" not in url:
        journal = "; a journal cannot tell that a process was killed, and its trial would run for ever"
        raise ConfigError(f"storage: {url!r} is not the address of a database", hint=_FORM + journal)
    if re.fullmatch(r"sqlite(\+\w+)?://(/:memory:)?", url):
        raise ConfigError("storage: a database in memory is gone with its process", hint=_FORM)


def _storage(url: str, grace: int) -> RDBStorage:
    lite = url.startswith("sqlite")
    storage = RDBStorage(
        url,
        engine_kwargs={"connect_args": {"timeout": _BUSY_SECONDS}} if lite else {"pool_pre_ping": True},
        heartbeat_interval=max(1, grace // 4),
        grace_period=grace,
        heartbeat_stale_trial_callback=run_again,
    )
    if lite:
        _one_at_a_time(storage.engine)
    return storage


def _one_at_a_time(engine: Any) -> None:
    """Let each transaction of SQLite have the file from its first statement on. Optuna looks at a trial, and
    then changes it, under a lock that SQLite does not have: two processes could take the same trial.
    """
    from sqlalchemy import event

    def connected(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        with suppress(sqlite3.OperationalError):  # others are at work, or the disk cannot
            connection.execute("PRAGMA journal_mode = WAL")  # which waits for the disk now and then only
        connection.execute("PRAGMA synchronous = NORMAL")

    def began(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)
    engine.dispose()  # of connections from before


def run_again(study: optuna.Study, trial: FrozenTrial, *, killed: bool = True) -> None:
    """Let a trial that was cut off wait to be run again, with the values that it has."""
    attempt = int(trial.user_attrs.get(ATTEMPT, 1)) + killed
    if attempt <= _ATTEMPTS and ERROR not in trial.user_attrs:
        again = trial.user_attrs.get(AGAIN, trial.number)
        study.add_trial(
            optuna.create_trial(
                state=TrialState.WAITING,
                params=trial.params,
                distributions=trial.distributions,
                user_attrs={AGAIN: again, ATTEMPT: attempt},
            )
        )


def studied(
    storage: RDBStorage, search: Search, direction: StudyDirection, facts: Mapping[str, Any]
) -> optuna.Study:
    """The study of that name, begun where it is not there yet.

    ConfigError where one of that name searches something else, with all that differs.
    """
    directions = [direction] if search.against == "none" else [direction, StudyDirection.MINIMIZE]
    with quiet():
        study = optuna.create_study(
            storage=storage,
            study_name=search.name,
            directions=directions,
            pruner=_pruner(search),
            load_if_exists=True,
        )
        if FACTS not in study.user_attrs:
            study.set_user_attr(FACTS, facts)
    require_same(study, facts)
    return study


def require_same(study: optuna.Study, facts: Mapping[str, Any]) -> None:
    """ConfigError where a study was begun with other facts, by the names of those that differ."""
    there = study.user_attrs.get(FACTS)
    if not isinstance(there, dict):
        raise ConfigError(f"the study {study.study_name!r} is none of nlpkit", hint=_OTHER_NAME)
    if there != facts:
        one, other = dict(_flat(there)), dict(_flat(facts))
        names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        told = [
            f"{name}: {one.get(name, 'nothing')} there, {other.get(name, 'nothing')} here" for name in names
        ]
        hint = "\n  ".join([*told, _OTHER_NAME])
        raise ConfigError(f"the study {study.study_name!r} was begun with something else", hint=hint)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of tables within tables, with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}".removeprefix("."))
    else:
        yield path, value


def _pruner(search: Search) -> optuna.pruners.BasePruner:
    if not search.prunes:
        return optuna.pruners.NopPruner()
    if search.pruning == "hyperband":
        return optuna.pruners.HyperbandPruner()
    return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
