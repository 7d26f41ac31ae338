"""Full names of the company's own people, looked for in every text."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.stages.text_roster import Roster
from tests.stages.clean_tables import clean_folder

AGENTS = ["Ada Kingsley", "José Peña", "Will Power", "Summer Day", "Cher", "Li Wu", "健一 髙橋", None, "Ada Kingsley"]


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    rows = [{"agent_id": f"zendesk.users:{number}", "name": name} for number, name in enumerate(AGENTS)]
    return Roster.load(
        clean_folder(tmp_path, agents=[*rows, {"agent_id": "zendesk.users:99", "name": "Help Bot", "is_bot": True}])
    )


def test_names_of_several_words_that_are_not_everyday_ones_are_looked_for(roster: Roster) -> None:
    assert roster.names["known"].to_list() == ["Ada Kingsley", "José Peña", "Will Power"]
    assert roster.names["phrase"].to_list() == ["ada kingsley", "jose pena", "will power"]


@pytest.mark.parametrize(
    ("text", "named"),
    [("ada KINGSLEY", ["Ada Kingsley"]), ("José Peña and ada kingsley", ["Ada Kingsley", "José Peña"]), ("Ada", []), ("", [])],
)
def test_only_the_agents_of_a_text_are_asked_for(roster: Roster, text: str, named: list[str]) -> None:
    known = roster.known(pl.DataFrame({"text_id": [7, 8], "text": [text, "nobody"]}, schema_overrides={"text_id": pl.UInt32}))
    assert sorted(known.phrases["known"]) == named
    assert known.people.height == len(named)
    assert set(known.people["text_id"]) <= {7}
    assert roster.named_in(pl.Series([text])).to_list() == [bool(named)]


def test_nobody_is_looked_for_where_there_are_no_agents(tmp_path: Path) -> None:
    nobody = Roster.load(clean_folder(tmp_path))
    assert nobody.known(pl.DataFrame({"text_id": [1], "text": ["Ada Kingsley"]})).people.is_empty()
    assert nobody.named_in(pl.Series(["Ada Kingsley", None])).to_list() == [False, False]
