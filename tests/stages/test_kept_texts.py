"""Texts redacted the night before are not redacted again, unless what their redaction depends on has changed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

import cx_pipeline
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.stages import code_digest, kept_texts
from cx_pipeline.stages.build import published_form
from cx_pipeline.stages.kept_texts import KEY, KeptTexts, keys
from cx_pipeline.stages.run import Run
from cx_pipeline.stages.texts import Texts
from tests.stages.clean_tables import Row, clean_folder, clean_frame, identity
from tests.stages.pipeline import NOW

Redacted = list[str]
SAID: list[Row] = [
    {"message_id": "1", "interaction_id": "zendesk.tickets:1", "text": "Zoltan called from 06 30 123 4567"},
    {"message_id": "2", "interaction_id": "zendesk.tickets:1", "text": "Ada Kingsley told me, write to x@example.net"},
    {"message_id": "3", "interaction_id": "zendesk.tickets:2", "text": "Zoltan called from 06 30 123 4567"},
    {"message_id": "4", "interaction_id": None, "text": "thank you"},
]
KNOWN: list[Row] = [
    identity("k1_z", "zendesk.users:1", "name", "Zoltan Nagy"),
    identity("k1_m", "zendesk.users:2", "name", "Mirjam Stein"),
]
AGENTS: list[Row] = [{"agent_id": "zendesk.users:90", "name": "Ada Kingsley", "is_bot": False}]


def lake(folder: Path, known: list[Row], agents: list[Row]) -> Path:
    about = [{"interaction_id": f"zendesk.tickets:{n}", "customer_id": who} for n, who in ((1, "k1_z"), (2, "k1_m"))]
    return clean_folder(folder / "tables", customer_identities=known, agents=agents, interactions=about)


@pytest.fixture
def redacted(monkeypatch: pytest.MonkeyPatch) -> Redacted:
    """The texts that were redacted, in order."""
    seen: Redacted = []
    whole: Callable[..., pl.DataFrame] = Texts._made

    def made(self: Texts, texts: pl.DataFrame, *given: object) -> pl.DataFrame:
        seen.extend(texts["text"])
        return whole(self, texts, *given)

    monkeypatch.setattr(Texts, "_made", made)
    return seen


def night(folder: Path, tokeniser: Tokeniser, said: list[Row]) -> tuple[list[Row], list[Row]]:
    """Published messages and counts of one night."""
    texts = Texts(folder / "tables", tokeniser)
    run = Run("run1", NOW)
    made = published_form(clean_frame("messages", said).lazy(), tables()["messages"], run, tokeniser, texts).collect()
    texts.close()
    return made.to_dicts(), texts.counts.frame("run1").to_dicts()


def asking(*texts: str) -> pl.DataFrame:
    """What is asked of the kept texts for some texts of nobody's."""
    numbered = pl.DataFrame({"text_id": range(len(texts)), "text": texts})
    return numbered.select("text_id").hstack(keys(numbered, ["text"]))


def test_a_night_redacts_only_what_is_new_and_says_the_same(tmp_path: Path, tokeniser: Tokeniser, redacted: Redacted) -> None:
    lake(tmp_path, KNOWN, AGENTS)
    first = night(tmp_path, tokeniser, SAID)
    assert sorted(redacted) == sorted(row["text"] for row in SAID)
    redacted.clear()
    assert night(tmp_path, tokeniser, SAID) == first
    assert redacted == []
    new = {"message_id": "5", "interaction_id": "zendesk.tickets:2", "text": "Mirjam wrote"}
    rows, _ = night(tmp_path, tokeniser, [*SAID, new])
    assert redacted == ["Mirjam wrote"]
    assert [row["text_masked"] for row in rows] == [*(row["text_masked"] for row in first[0]), "[CUSTOMER_NAME] wrote"]


def test_what_is_known_of_a_person_decides_for_their_texts_alone(
    tmp_path: Path, tokeniser: Tokeniser, redacted: Redacted
) -> None:
    lake(tmp_path, KNOWN, AGENTS)
    before, _ = night(tmp_path, tokeniser, SAID)
    assert [row["text_masked"] for row in before][2] == "Zoltan called from [PHONE]"
    redacted.clear()
    lake(tmp_path, [*KNOWN, identity("k1_m", "zendesk.users:2", "name", "Zoltan Stein")], AGENTS)
    after, _ = night(tmp_path, tokeniser, SAID)
    assert redacted == [SAID[2]["text"]]
    assert [row["text_masked"] for row in after][2] == "[CUSTOMER_NAME] called from [PHONE]"


def test_an_agent_who_is_new_decides_for_the_texts_that_name_them(
    tmp_path: Path, tokeniser: Tokeniser, redacted: Redacted
) -> None:
    lake(tmp_path, KNOWN, [])
    before, _ = night(tmp_path, tokeniser, SAID)
    redacted.clear()
    lake(tmp_path, KNOWN, AGENTS)
    after, _ = night(tmp_path, tokeniser, SAID)
    assert redacted == [SAID[1]["text"]]
    assert [before[1]["text_masked"], after[1]["text_masked"]] == [
        "Ada Kingsley told me, write to [EMAIL]",
        "[AGENT_NAME] told me, write to [EMAIL]",
    ]


def test_another_key_keeps_nothing_of_the_old_one(tmp_path: Path, tokeniser: Tokeniser, redacted: Redacted) -> None:
    lake(tmp_path, KNOWN, AGENTS)
    night(tmp_path, tokeniser, SAID)
    redacted.clear()
    other = Tokeniser(b"o" * 32, 2)
    rows, _ = night(tmp_path, other, SAID)
    assert len(redacted) == len(SAID)
    assert "k2_" in rows[1]["text_tokenised"]
    assert [path.name for path in (tmp_path / kept_texts.FOLDER).iterdir()] == [kept_texts.fingerprint(other)]


def test_texts_that_are_gone_are_kept_no_longer(tmp_path: Path, tokeniser: Tokeniser, redacted: Redacted) -> None:
    lake(tmp_path, KNOWN, AGENTS)
    night(tmp_path, tokeniser, SAID)
    for _ in range(3):
        night(tmp_path, tokeniser, SAID[:1])
    folder = tmp_path / kept_texts.FOLDER / kept_texts.fingerprint(tokeniser)
    parts = [pl.read_parquet(path) for path in folder.glob("part-*.parquet")]
    assert [part.height for part in parts] == [1]
    redacted.clear()
    night(tmp_path, tokeniser, SAID)
    assert sorted(redacted) == sorted(row["text"] for row in SAID[1:])


def test_a_night_that_died_leaves_the_kept_texts_of_the_one_before(tmp_path: Path, tokeniser: Tokeniser) -> None:
    asked = asking("a", "b")
    made = pl.DataFrame({"text_masked": ["A", "B"]})
    kept = KeptTexts.open(tmp_path, tokeniser)
    kept.add(asked[:1], made[:1])
    kept.close()
    KeptTexts.open(tmp_path, tokeniser).add(asked[1:], made[1:])  # and never closed
    assert len(list(kept.folder.glob("part-*.parquet"))) == 2
    kept = KeptTexts.open(tmp_path, tokeniser)
    assert len(list(kept.folder.glob("part-*.parquet"))) == 1
    assert kept.find(asked).to_dicts() == [{"text_id": 0, "text_masked": "A"}]


def test_parts_that_are_large_and_count_stay_as_they_are(
    tmp_path: Path, tokeniser: Tokeniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_texts, "_SMALL", 0)
    asked = asking(*"abcd")
    first = KeptTexts.open(tmp_path, tokeniser)
    first.add(asked, pl.DataFrame({"text_masked": list("ABCD")}))
    first.close()
    [part] = first.folder.glob("part-*.parquet")
    nights = ((asked[:2], [part.name]), (asked[:1], [part.name]), (asked[:1], ["part-00000001.parquet"]))
    for wanted, names in nights:
        kept = KeptTexts.open(tmp_path, tokeniser)
        assert kept.find(wanted)["text_masked"].sort().to_list() == list("ABCD")[: wanted.height]
        kept.close()
        assert [path.name for path in kept.folder.glob("part-*.parquet")] == names


def test_a_night_that_died_after_damage_hands_out_nobody_elses_texts(tmp_path: Path, tokeniser: Tokeniser) -> None:
    asked = asking(*"abcd")
    made = pl.DataFrame({"text_masked": list("ABCD")})
    kept = KeptTexts.open(tmp_path, tokeniser)
    kept.add(asked[:2], made[:2])
    kept.add(asked[2:], made[2:])
    kept.close()
    index = (kept.folder / "index.parquet").read_bytes()
    (kept.folder / "part-00000001.parquet").unlink()
    died = KeptTexts.open(tmp_path, tokeniser)
    died.add(asked[2:], made[2:])
    died.add(asked[:2], made[:2])
    kept = KeptTexts.open(tmp_path, tokeniser)
    assert kept.find(asked).is_empty()
    died = KeptTexts.open(tmp_path, tokeniser)
    died.add(asked[2:], made[2:])
    died.add(asked[:2], made[:2])
    (kept.folder / "index.parquet").write_bytes(index)  # as a backup would bring it back
    kept = KeptTexts.open(tmp_path, tokeniser)
    assert kept.find(asked).is_empty()
    kept.add(asked, made)
    kept.close()
    assert KeptTexts.open(tmp_path, tokeniser).find(asked).sort("text_id")["text_masked"].to_list() == list("ABCD")


def test_a_part_that_is_damaged_inside_is_made_anew(tmp_path: Path, tokeniser: Tokeniser) -> None:
    asked = asking(*(f"text {number}" for number in range(2000)))
    kept = KeptTexts.open(tmp_path, tokeniser)
    kept.add(asked, pl.DataFrame({"text_masked": [f"MASKED {number}" for number in range(2000)]}))
    kept.close()
    part = kept.folder / "part-00000000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:4] + bytes(4000) + whole[4004:])
    assert KeptTexts.open(tmp_path, tokeniser).find(asked).columns[0] == "text_id"
    assert KeptTexts.open(tmp_path, tokeniser).find(asked).is_empty()


def test_texts_that_nobody_asks_for_are_gone_after_a_month(
    tmp_path: Path, tokeniser: Tokeniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_texts, "_SMALL", 0)
    asked = asking(*"abcd")
    kept = KeptTexts.open(tmp_path, tokeniser)
    kept.add(asked, pl.DataFrame({"text_masked": list("ABCD")}))
    kept.close()
    for days, texts in ((29, list("ABCD")), (31, list("ABC"))):
        [part] = kept.folder.glob("part-*.parquet")
        os.utime(part, (0, time.time() - days * 24 * 3600))
        night = KeptTexts.open(tmp_path, tokeniser)
        assert night.find(asked[:3])["text_masked"].sort().to_list() == list("ABC")
        night.close()
        [part] = kept.folder.glob("part-*.parquet")
        assert pl.read_parquet(part)["text_masked"].sort().to_list() == texts


@pytest.mark.parametrize("damage", ["index is empty", "part is empty", "part is gone"])
def test_what_is_damaged_is_redacted_anew(tmp_path: Path, tokeniser: Tokeniser, redacted: Redacted, damage: str) -> None:
    lake(tmp_path, KNOWN, AGENTS)
    first = night(tmp_path, tokeniser, SAID)
    folder = tmp_path / kept_texts.FOLDER / kept_texts.fingerprint(tokeniser)
    [part] = folder.glob("part-*.parquet")
    if damage == "part is gone":
        part.unlink()
    else:
        (part if damage == "part is empty" else folder / "index.parquet").write_bytes(b"")
    redacted.clear()
    assert night(tmp_path, tokeniser, SAID) == first
    assert len(redacted) == len(SAID)
    redacted.clear()
    assert night(tmp_path, tokeniser, SAID) == first
    assert redacted == []


@pytest.fixture
def _forgets() -> Iterator[None]:
    kept_texts.program.cache_clear()
    yield
    kept_texts.program.cache_clear()


@pytest.mark.usefixtures("_forgets")
@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("privacy/detectors/iban.py", True),
        ("privacy/search.py", True),
        ("scrub/mojibake.py", True),
        ("scrub/phone.py", True),
        ("scrub/_country_table.py", True),
        ("sorted_keys.py", True),
        ("stages/text_roster.py", True),
        ("stages/lookup.py", True),
        ("stages/intake.py", False),
        ("marts/mart.py", False),
    ],
)
def test_the_code_that_redacts_or_searches_counts(monkeypatch: pytest.MonkeyPatch, file: str, counts: bool) -> None:
    before, plain = kept_texts.program(), Path.read_bytes
    changed = Path(cx_pipeline.__file__).parent / file
    monkeypatch.setattr(Path, "read_bytes", lambda path: plain(path) + (b"# changed" if path == changed else b""))
    kept_texts.program.cache_clear()
    assert (kept_texts.program() != before) is counts


@pytest.mark.usefixtures("_forgets")
@pytest.mark.parametrize("library", ["ftfy", "idna", "phonenumbers", "polars", "rapidfuzz", "stdnum"])
def test_a_library_that_redacts_or_searches_counts(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    before, plain = kept_texts.program(), code_digest.version
    monkeypatch.setattr(code_digest, "version", lambda name: "0" if name == library else plain(name))
    kept_texts.program.cache_clear()
    assert kept_texts.program() != before


def test_every_library_that_redacts_or_searches_is_known_to_decide_or_not() -> None:
    libraries = kept_texts.reached_by_texts().libraries - sys.stdlib_module_names
    assert libraries - code_digest.DECIDING.keys() == {"numpy"}


def test_a_key_tells_apart_what_columns_hold() -> None:
    frame = pl.DataFrame({"text": ["a", "a", "b", None], "people": [1, 2, 1, None]}, schema_overrides={"people": pl.UInt64})
    made = keys(frame, ["text", "people"])
    assert made.columns == list(KEY)
    assert made.n_unique() == 4
    assert (made["low"] != made["high"]).all()
