"""One keyed function turns a personal value into a token."""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import os
import re
import stat
import threading
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.errors import ConfigError
from cx_pipeline.privacy.tokens import TOKEN_SHAPE, Tokeniser, load_tokeniser, make_key

KEY = bytes(range(32))


def test_a_token_is_what_its_definition_says() -> None:
    digest = hmac.new(KEY, b"email\0ada@king.io", hashlib.sha256).digest()
    expected = "k1_" + base64.b32encode(digest).decode().lower()[:26]
    assert Tokeniser(KEY).token("ada@king.io", "email") == expected


@given(st.text(max_size=40), st.sampled_from(["email", "phone", "name"]))
def test_tokens_have_one_shape_and_do_not_change(value: str, domain: str) -> None:
    token = Tokeniser(KEY).token(value, domain)
    assert re.fullmatch(TOKEN_SHAPE, token)
    assert token == Tokeniser(KEY).token(value, domain)


def test_domains_keys_and_versions_are_apart() -> None:
    plain = Tokeniser(KEY).token("x", "email")
    others = {
        Tokeniser(KEY).token("x", "phone"),
        Tokeniser(KEY).token("y", "email"),
        Tokeniser(b"k" * 32).token("x", "email"),
        Tokeniser(KEY, version=2).token("x", "email"),
    }
    assert len(others - {plain}) == 4


def test_a_domain_and_a_value_cannot_be_shifted_into_each_other() -> None:
    assert Tokeniser(KEY).token("bc", "a") != Tokeniser(KEY).token("c", "ab")


@given(st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", ""]), st.text(max_size=5)), max_size=30))
def test_a_columns_tokens_are_those_of_its_values(values: list[str | None]) -> None:
    tokeniser = Tokeniser(KEY)
    made = tokeniser.tokens(pl.Series("mail", values, dtype=pl.String), "email")
    assert made.name == "mail"
    assert made.dtype == pl.String
    assert made.to_list() == [None if value is None else tokeniser.token(value, "email") for value in values]


def test_the_key_is_not_shown() -> None:
    tokeniser = Tokeniser(KEY)
    assert KEY.hex() not in repr(tokeniser)
    assert repr(KEY) not in repr(tokeniser)
    assert re.fullmatch("[0-9a-f]{16}", tokeniser.fingerprint)
    assert tokeniser.fingerprint != Tokeniser(b"k" * 32).fingerprint


def test_a_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    first = load_tokeniser(tmp_path / "state", None)
    path = tmp_path / "state" / "token.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(bytes.fromhex(path.read_text())) == 32
    assert load_tokeniser(tmp_path / "state", None) == first
    assert [other.name for other in path.parent.iterdir()] == ["token.key"]
    assert load_tokeniser(tmp_path / "other", None) != first


def test_a_configured_key_is_used_and_no_file_made(tmp_path: Path) -> None:
    assert load_tokeniser(tmp_path, KEY.hex()) == Tokeniser(KEY)
    assert list(tmp_path.iterdir()) == []


def _fingerprint(state: Path) -> str:
    return load_tokeniser(state, None).fingerprint


def test_those_who_race_agree_on_one_key(tmp_path: Path) -> None:
    for turn in range(20):
        state = tmp_path / f"state{turn}"
        ready = threading.Barrier(8)
        seen: list[str] = []

        def load(state: Path = state, ready: threading.Barrier = ready, seen: list[str] = seen) -> None:
            ready.wait()
            seen.append(_fingerprint(state))

        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [_fingerprint(state)] * 8


@pytest.mark.parametrize(
    "damaged",
    ["", "no hex at all", KEY.hex()[:-2], KEY.hex()[:-1], "\x00\x01", "é" * 64, KEY.hex() + "zz"],
    ids=["empty", "words", "31 bytes", "odd", "binary", "accents", "tail"],
)
def test_a_damaged_key_is_refused_and_not_shown(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "token.key").write_bytes(damaged.encode("latin-1"))
    for configured in (None, damaged):
        with pytest.raises(ConfigError) as caught:
            load_tokeniser(tmp_path, configured)
        assert caught.value.exit_code == 2
        assert "a new key changes every token" in str(caught.value)
        if len(damaged) > 2:
            assert damaged not in str(caught.value)
            assert damaged[:20] not in repr(caught.value)
    assert (tmp_path / "token.key").read_bytes() == damaged.encode("latin-1")


@given(st.sampled_from(["train_ai_system", "analytics", "", "email"]), st.sampled_from(["train_ai_system", "analytics", "email"]))
def test_exports_for_two_purposes_cannot_be_joined(one: str, other: str) -> None:
    values = pl.Series(["ada@king.io", "ben@stone.io", None])
    published = Tokeniser(KEY, 3)
    made = [published.tokens(values, "email"), *(published.for_purpose(name).tokens(values, "email") for name in (one, other))]
    assert made[1].equals(made[2]) == (one == other)
    assert set(made[0].drop_nulls()).isdisjoint(made[1].drop_nulls())
    assert all(tokens.drop_nulls().str.contains("^k3_[a-z2-7]{26}$").all() for tokens in made)
    assert published.for_purpose(one) == published.for_purpose(one)


def test_the_key_of_a_purpose_is_what_its_definition_says() -> None:
    derived = hmac.new(KEY, b"cx-pipeline key of a purpose\0analytics", hashlib.sha256).digest()
    assert Tokeniser(KEY).for_purpose("analytics") == Tokeniser(derived)
    assert derived.hex() not in repr(Tokeniser(KEY).for_purpose("analytics"))


def test_a_key_file_says_its_version(tmp_path: Path) -> None:
    make_key(tmp_path / "token.key", 12)
    made = load_tokeniser(tmp_path, None)
    assert made.version == 12
    assert (tmp_path / "token.key").read_text() == f"k12:{made.key.hex()}"
    make_key(tmp_path / "token.key", 13)
    assert load_tokeniser(tmp_path, None) == made
    assert load_tokeniser(tmp_path, KEY.hex(), 7) == Tokeniser(KEY, 7)
    (tmp_path / "token.key").write_text(f"k2:{KEY.hex()}zz")
    with pytest.raises(ConfigError):
        load_tokeniser(tmp_path, None)


def _without_links(monkeypatch: pytest.MonkeyPatch, number: int = errno.EOPNOTSUPP) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EPERM, errno.ENOSYS])
def test_a_key_is_made_where_there_are_no_hard_links(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_links(monkeypatch, number)
    made = load_tokeniser(tmp_path, None)
    make_key(tmp_path / "token.key", 2)
    assert load_tokeniser(tmp_path, None) == made
    assert [path.name for path in tmp_path.iterdir()] == ["token.key"]
    assert stat.S_IMODE((tmp_path / "token.key").stat().st_mode) == 0o600


def test_no_part_of_a_key_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes) -> None:
        os.write(descriptor, bytes(data)[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _without_links(monkeypatch)
    monkeypatch.setattr("cx_pipeline.disk.write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        make_key(tmp_path / "token.key", 1)
    assert list(tmp_path.iterdir()) == []


def test_another_refusal_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_links(monkeypatch, errno.EROFS)
    with pytest.raises(OSError, match="Read-only"):
        make_key(tmp_path / "token.key", 1)
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_key_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("cx_pipeline.disk.sync", synced.append)
    make_key(tmp_path / "token.key", 1)
    assert synced == [tmp_path]
