import base64
import hashlib

import polars as pl
import pytest

from cx_pipeline.scrub.placeholders import HASH_OF_NOTHING, Role, placeholder

HEX40 = "0123456789abcdef0123456789abcdef01234567"


def is_nulled(role: Role, value: str) -> bool:
    rule = placeholder(role)
    values = pl.Series("x", [value])
    result = values.to_frame().select(rule.transform(pl.col("x"))).to_series()
    assert result[0] in {None, value}
    assert result[0] is not None or rule.touched(values)[0]
    return result[0] is None


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "N/A",
        "n/a",
        "NA",
        "NaN",
        "null",
        "NULL",
        "none",
        "-",
        "--",
        "---",
        "...",
        "empty",
        "SCRUBBED",
        "#N/A",
        "(not set)",
    ],
)
def test_words_for_nothing_are_nothing_everywhere(role: Role, value: str) -> None:
    assert is_nulled(role, value)


@pytest.mark.parametrize(
    ("role", "value"),
    [
        *(
            (Role.NAME, value)
            for value in (
                "test",
                "Test",
                "testUser",
                f"testUser{HEX40}",
                "testUser " + HEX40,
                "Dummy Wilco_1940+3000",
                "X",
                "XXXXX",
                "Unknown",
                "Unspecified BROOKLYN",
            )
        ),
        *((Role.EMAIL, value) for value in ("example@email.com", "ABC@abc.com", "test@test.com", "xxx@xxx.com")),
        *(
            (Role.PHONE, value)
            for value in (
                "3232323",
                "15555555555",
                "555-555-5555",
                "(555) 555-5555",
                "+1 555 555 5555",
                "0000000",
                "1234567890",
                "555-321-8967",
                "00000000000",
                "9999999999",
            )
        ),
        *((Role.ID, value) for value in ("0", "00000", "000000000000000AAA", "00000000-0000-0000-0000-000000000000", "XXXXX")),
        *((Role.TEXT, value) for value in ("X", "xxxxx", "None")),
        *((Role.DATE, value) for value in ("0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "1/0/1900", "0")),
        *((Role.NUMBER, value) for value in ("Varies with device", "#DIV/0!")),
        *((Role.WORD, value) for value in ("Unspecified", "Unspecified BROOKLYN", "XXXXX", "Varies with device", "--None--")),
    ],
)
def test_placeholders_of_a_role(role: Role, value: str) -> None:
    assert is_nulled(role, value)


@pytest.mark.parametrize(
    ("role", "value"),
    [
        *(
            (Role.NAME, value)
            for value in ("Null", "Na", "None", "Christopher Null", "Testa", "Jean Test-Martin", "Tester", "O", "Xi", "Bo")
        ),
        *(
            (Role.EMAIL, value)
            for value in ("noreply@shop.com", "info@shop.com", "dummy_1940+3000@example.org", "ada.king@gmail.com", "a@a.co")
        ),
        *((Role.PHONE, value) for value in ("212-555-0123", "+442079460018", "447773240", "5551230", "2125551212")),
        *((Role.ID, value) for value in ("00001014", "1", "100", "test", "x1")),
        *((Role.TEXT, value) for value in ("test", "no", "ok", "nothing works", "N/A on the bill", "x y", "5/5", ":-)", "👍")),
        *((Role.DATE, value) for value in ("2024-01-01", "9999-12-31", "1970-01-01")),
        *((Role.NUMBER, value) for value in ("0", "-1", "1,000", "-0.5")),
        *((Role.WORD, value) for value in ("high", "X", "other")),
    ],
)
def test_values_stay(role: Role, value: str) -> None:
    assert not is_nulled(role, value)


@pytest.mark.parametrize("text", ["", " ", "null", "None", "N/A", "NaN"])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_hashes_of_nothing_go_in_every_spelling(text: str, algorithm: str) -> None:
    digest = hashlib.new(algorithm, text.encode()).digest()
    encoded = base64.b64encode(digest).decode()
    spellings = [digest.hex(), digest.hex().upper(), encoded, encoded.rstrip("="), f" {digest.hex()} "]
    values = pl.Series("x", spellings)
    assert values.to_frame().select(HASH_OF_NOTHING.transform(pl.col("x"))).to_series().to_list() == [None] * 5
    assert HASH_OF_NOTHING.touched(values).all()


def test_other_hashes_stay() -> None:
    spellings = [
        hashlib.md5(b"ada@example.com").hexdigest(),
        base64.b64encode(hashlib.sha256(b"x").digest()).decode(),
        "d41d8cd9",
    ]
    values = pl.Series("x", spellings)
    assert values.to_frame().select(HASH_OF_NOTHING.transform(pl.col("x"))).to_series().to_list() == spellings


def test_the_well_known_digests() -> None:
    known = pl.Series("x", ["d41d8cd98f00b204e9800998ecf8427e", "1B2M2Y8AsgTpgAmY7PhCfg==", "37a6259cc0c1dae299a7866489dff0bd"])
    assert known.to_frame().select(HASH_OF_NOTHING.transform(pl.col("x"))).to_series().null_count() == 3
