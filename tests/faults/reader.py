"""An analyst who never stops reading: opens the published file again and again and says what it saw.

`python reader.py FILE STOP` prints one line a distinct state: run id and figures that must belong together. It ends when the
file STOP appears, with exit code 1 if any read failed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb


def look(path: str) -> tuple[str, int, int]:
    """The run, the interactions there are, and the interactions that the same file's ledger published."""
    connection = duckdb.connect(path, read_only=True)
    try:
        row = connection.execute(
            """SELECT (SELECT run_id FROM quality.runs), (SELECT count(*) FROM interactions),
                      (SELECT sum(published)::BIGINT FROM quality.ledger WHERE stage = 'map' AND table_name = 'interactions')"""
        ).fetchone()
        assert row is not None
        return str(row[0]), int(row[1]), int(row[2])
    finally:
        connection.close()


def main(path: str, stop: Path) -> int:
    seen: set[tuple[str, int, int]] = set()
    while not stop.exists():
        try:
            state = look(path)
        except duckdb.Error as error:
            print("failed", type(error).__name__, flush=True)
            return 1
        if state not in seen:
            seen.add(state)
            print(*state, flush=True)
        time.sleep(0.01)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], Path(sys.argv[2])))
