"""A small world with planted identifiers, run through the whole code location by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cx_pipeline.synth import generate

ROOT = Path(__file__).parents[2]
EMAIL = "canary.bird@plumage-post.net"
PHONE = "+12025550143"
PHONE_FORMS = (PHONE, "202-555-0143", "(202) 555-0143", "2025550143")
NAME = "Canary Birdwhistle"


@dataclass(frozen=True)
class Night:
    """A finished run."""

    raw: Path
    data: Path
    summary: dict[str, object]

    @property
    def published(self) -> Path:
        return self.data / "clean" / "cx.duckdb"


def command(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `cx-pipeline` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from cx_pipeline.cli import main; main()", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def plant(raw: Path) -> None:
    """Rows that are bad in every way, each full of one person's identifiers."""
    night = next(path for path in sorted(raw.iterdir()) if path.name[:2] == "20")
    ticket = dict.fromkeys(
        ("status", "priority", "type", "subject", "description", "via", "tags", "requester_id", "group_id"), EMAIL
    )
    good_clock = {"created_at": "2026-10-30T10:00:00Z", "updated_at": "2026-10-30T10:00:00Z"}
    lines = [
        json.dumps({"id": 990001, **good_clock, **ticket}),
        json.dumps({"id": EMAIL, **good_clock, "subject": NAME}),
        json.dumps({"id": PHONE_FORMS[1], **good_clock, **dict.fromkeys(ticket, PHONE_FORMS[1])}),
        json.dumps({"id": 990002, "created_at": EMAIL, "updated_at": PHONE, "priority": PHONE_FORMS[2]}),
        '{"id": 990003, "subject": "' + EMAIL + " " + PHONE,
    ]
    (night / "zendesk" / "tickets_planted.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    header = "Id,CaseNumber,CreatedDate,Status,Origin,Priority,SuppliedName,SuppliedEmail,SuppliedPhone,Type,Reason,Subject"
    rows = [
        f"500A0000001AAAA,00099001,{EMAIL},{EMAIL},{PHONE},{EMAIL},{NAME},{EMAIL},{PHONE},{EMAIL},{PHONE_FORMS[1]},{EMAIL}",
        f'500A0000002AAAA,00099002,"{EMAIL},{PHONE},unterminated',
        f"{EMAIL},{PHONE},2026-10-30T10:00:00Z,New,Web,Low,{EMAIL},{NAME},{EMAIL},{NAME},{EMAIL},{PHONE}",
        f"500A0000003AAAA,00099003,{EMAIL},one,field,too,many,{PHONE},{NAME},{EMAIL},a,b,c,d",
    ]
    (night / "salesforce" / f"Case_{EMAIL}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    columns = "\n".join([f"Id,Name,Email,{EMAIL}", f"003A0000001AAAA,{EMAIL},{PHONE},{NAME}"])
    (night / "salesforce" / "Contact_planted.csv").write_text(columns + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def nightly(tmp_path_factory: pytest.TempPathFactory) -> Night:
    raw = tmp_path_factory.mktemp("raw")
    data = tmp_path_factory.mktemp("data")
    generate(customers=40, nights=2, seed=3, out=raw)
    plant(raw)
    done = command("run", "--all", "--json", "--raw-dir", str(raw), "--data-dir", str(data))
    assert done.returncode == 0, done.stderr
    return Night(raw, data, json.loads(done.stdout))


@pytest.fixture
def cli() -> Callable[..., subprocess.CompletedProcess[str]]:
    return command
