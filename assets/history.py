"""Where Dagster keeps its history: its own SQLite files, written over connections that stay open.

Dagster opens and closes a connection for each query, and its history asks some three queries an event: on a night with little
to do that is half of all the work. Here the files, their tables and all that is in them are Dagster's; only the connections
are ours. `dagster.yaml` names this storage; without it Dagster reads the same files as before.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory
from dagster._serdes import ConfigurableClassData

_OPEN = 2  # files at a time: the index of all runs, and the run that is written or looked at


class EventLog(SqliteEventLogStorage):
    """Events in a file a run, and in one of all runs what the UI asks of assets, checks and runs."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            with self._engine(shard).begin() as connection:
                yield connection
            # A file is not changed while what was written stands in its log; whoever watches a run watches the file.
            if shard != INDEX_SHARD_NAME:
                os.utime(self.path_for_shard(shard))

    def _engine(self, shard: str) -> sa.Engine:
        if shard in self._engines:
            self._engines.move_to_end(shard)
            return self._engines[shard]
        engine = sa.create_engine(
            self.conn_string_for_shard(shard),
            pool_size=1,  # making a file new takes a second, for a moment
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},  # one at a time has the lock
        )
        sa.event.listen(engine, "connect", _write_ahead)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        while len(self._engines) > _OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def has_table(self, table_name: str) -> bool:
        """Whether a table is there; one that is there stays, so that it is asked for once."""
        if table_name not in self._tables:
            if not super().has_table(table_name):
                return False
            self._tables.add(table_name)
        return True

    def wipe(self) -> None:
        self._close()
        super().wipe()

    def dispose(self) -> None:
        self._close()
        super().dispose()

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _write_ahead(connection: sa.engine.interfaces.DBAPIConnection, record: object) -> None:
    """With a write-ahead log a crash of the machine can cost the last events at this setting, but never the file."""
    del record
    connection.cursor().execute("PRAGMA synchronous = NORMAL").close()


class History(DagsterSqliteStorage):
    """All that Dagster stores, as by default, but for the event log."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> History:
        return cls.from_local(inst_data=inst_data, **config_value)


__all__ = ["EventLog", "History"]
