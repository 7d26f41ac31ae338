"""What two records can agree on, and how closely: the comparisons of the Fellegi-Sunter model, as Splink scores them.

Each comparison is a ladder of levels, best first; a pair stands on the first one that holds. A field that one of the two lacks is
no evidence either way. Exact agreement weighs more for a rare value than for a common one (term frequencies).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_LEAST_RARE, _LEAST_ALIKE = 1e-9, 1e-4


@dataclass(frozen=True)
class Level:
    """One step of a ladder: SQL over the columns of two profiles, `_l` and `_r`. `rarity` is the column whose rarity counts."""

    name: str
    condition: str
    rarity: str | None = None


@dataclass(frozen=True)
class Comparison:
    """A field that two records may agree on. `unknown` holds where one of them does not have it."""

    name: str
    title: str
    unknown: str
    levels: tuple[Level, ...]

    def settings(self, weights: dict[str, tuple[float, float]]) -> dict[str, Any]:
        """The comparison for Splink, with m and u of each level."""
        ladder = [*self.levels, Level("else", "ELSE")]
        return {
            "output_column_name": self.name,
            "comparison_levels": [
                {"sql_condition": self.unknown, "label_for_charts": "unknown", "is_null_level": True},
                *(_level(level, *weights[level.name]) for level in ladder),
            ],
        }

    def least_u(self, level: str) -> float:
        """The least that strangers are taken to agree on a level.

        Slips are rare among pairs taken at random, yet neighbours in a list of numbers or mailboxes are a slip apart; so an
        agreement that no rarity speaks for is never taken for a miracle.
        """
        has_rarity = any(item.rarity for item in self.levels if item.name == level)
        return _LEAST_RARE if has_rarity else _LEAST_ALIKE

    def ladder(self) -> str:
        """The number of the level that a pair stands on, as SQL: 0 is the last one, -1 unknown."""
        steps = [f"WHEN {level.condition} THEN {len(self.levels) - place}" for place, level in enumerate(self.levels)]
        return f"CASE WHEN {self.unknown} THEN -1 {' '.join(steps)} ELSE 0 END"

    def reaches(self, level: str) -> str:
        """Whether a pair stands on this very level, as SQL."""
        return f"{self.ladder()} = {len(self.levels) - self.names.index(level)}"

    @property
    def names(self) -> tuple[str, ...]:
        return (*(level.name for level in self.levels), "else")


def _level(level: Level, m: float, u: float) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sql_condition": level.condition,
        "label_for_charts": level.name,
        "m_probability": m,
        "u_probability": u,
    }
    if level.rarity is not None:
        told |= {"tf_adjustment_column": level.rarity, "tf_adjustment_weight": 1.0}
    return told


def _missing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


def _same(column: str, rarity: str | None = None) -> Level:
    return Level("same", f"{column}_l = {column}_r", rarity or column)


def _alike(column: str, name: str, similarity: float) -> Level:
    """Jaro-Winkler similarity of at least `similarity` (Winkler 1990)."""
    return Level(name, f"jaro_winkler_similarity({column}_l, {column}_r) >= {similarity}")


def _slips(one: str, other: str, most: int, *, near: str = "true") -> str:
    """At most so many letters wrong, missing, added or changed about (Damerau 1964), as SQL that counts them only where lengths
    and `near` allow it: of a `CASE`, but not of an `AND`, the rest is not worked out where the beginning decides. Letters changed
    about are two edits to Levenshtein, whose distance is worked out several times as fast."""
    too_long = f"abs(length({one}) - length({other})) > {most}"
    too_far = f"levenshtein({one}, {other}) > {2 * most}"
    return f"CASE WHEN {too_long} OR NOT ({near}) OR {too_far} THEN false ELSE damerau_levenshtein({one}, {other}) <= {most} END"


def _only(one: str, other: str) -> str:
    """How many letters stand in one address and not in the other."""
    return f"bit_count(email_letters_{one} & ~email_letters_{other})"


# A wrong letter takes at most one out of an address and brings at most one in.
_EMAIL_SLIPS = _slips("email_l", "email_r", 2, near=f"{_only('l', 'r')} <= 2 AND {_only('r', 'l')} <= 2")
_SWAPPED = "jaro_winkler_similarity(given_l, family_r) >= 0.88 AND jaro_winkler_similarity(family_l, given_r) >= 0.88"


def _name(column: str, title: str, unknown: str, *further: Level) -> Comparison:
    return Comparison(
        column,
        title,
        f"{_missing(column)} OR is_latin_l <> is_latin_r{unknown}",
        (
            _same(column),
            *further,
            _alike(column, "very_alike", 0.92),
            # Of initials and names of two letters one letter is much, not a slip.
            Level(
                "alike",
                f"jaro_winkler_similarity({column}_l, {column}_r) >= 0.84 "
                f"OR (length({column}_l) > 3 AND levenshtein({column}_l, {column}_r) <= 1)",
            ),
            Level("beginning", f"starts_with({column}_l, {column}_r) OR starts_with({column}_r, {column}_l)"),
            _alike(column, "somewhat_alike", 0.7),
        ),
    )


_TWO_PARTS = "(birth_l[1:4] = birth_r[1:4])::INT + (birth_l[5:6] = birth_r[5:6])::INT + (birth_l[7:8] = birth_r[7:8])::INT >= 2"
_DAY_FOR_MONTH = "birth_l[1:4] = birth_r[1:4] AND birth_l[5:6] = birth_r[7:8] AND birth_l[7:8] = birth_r[5:6]"
_NEXT_YEAR = "abs(try_cast(birth_l[1:4] AS INT) - try_cast(birth_r[1:4] AS INT)) <= 1"
_IDS = ("array_to_string(ids_l, ';')", "array_to_string(ids_r, ';')")
_ID_SLIP = _slips(*_IDS, 1)
_AREA = "length(postcode_l) > 4 AND postcode_l[1:-4] = postcode_r[1:-4]"

COMPARISONS = (
    # Names in two scripts tell nothing of each other. Names that changed places are one observation, not one a name.
    _name(
        "given",
        "given name",
        "",
        Level("short", "formal_l = formal_r"),
        Level("swapped", "names_l = names_r", "names"),
        Level("swapped_alike", _SWAPPED),
    ),
    _name("family", "family name", f" OR ({_SWAPPED})"),
    Comparison(
        "rest",
        "further names",
        _missing("rest"),
        (
            _same("rest"),
            _alike("rest", "alike", 0.9),
            Level("shares_a_word", "list_has_any(string_split(rest_l, ' '), string_split(rest_r, ' '))"),
        ),
    ),
    Comparison(
        "birth",
        "date of birth",
        _missing("birth"),
        (
            _same("birth"),
            Level("slip", f"damerau_levenshtein(birth_l, birth_r) <= 1 OR ({_DAY_FOR_MONTH})"),
            Level("two_parts", _TWO_PARTS),
            Level("year", "birth_l[1:4] = birth_r[1:4]"),
            Level("near", f"{_NEXT_YEAR} OR birth_l[5:8] = birth_r[5:8]"),
        ),
    ),
    # Mailboxes are made of names, so people of one name have mailboxes alike: what it adds to the name of either is what counts.
    Comparison(
        "email",
        "e-mail address",
        f"{_missing('email')} OR (local_l = local_r AND email_l <> email_r AND NOT (local_tells_l AND local_tells_r))",
        (
            _same("email"),
            Level("mailbox", "local_l = local_r", "local"),
            Level("slip", f"CASE WHEN local_number_l = local_number_r THEN {_EMAIL_SLIPS} ELSE false END"),
            Level("domain", "domain_l = domain_r", "domain"),
        ),
    ),
    Comparison(
        "phone",
        "phone number",
        _missing("phone"),
        (
            _same("phone"),
            Level("slip", "levenshtein(phone_l, phone_r) <= 1 OR suffix(phone_l, phone_r) OR suffix(phone_r, phone_l)"),
        ),
    ),
    # Street, postcode, city and region tell of one thing, so they are one comparison; apart they would count a home four times.
    Comparison(
        "place",
        "place",
        " AND ".join(f"({_missing(part)})" for part in ("street", "postcode", "city", "region")),
        (
            Level("home", "street_l = street_r AND postcode_l = postcode_r", "street"),
            Level("street", "street_l = street_r", "street"),
            Level("postcode", "postcode_l = postcode_r", "postcode"),
            Level("street_alike", "jaro_winkler_similarity(street_l, street_r) >= 0.92"),
            Level("postcode_slip", "damerau_levenshtein(postcode_l, postcode_r) <= 1"),
            Level("city", "city_l = city_r", "city"),
            Level("near", f"jaro_winkler_similarity(city_l, city_r) >= 0.88 OR ({_AREA})"),
            Level("region", "region_l = region_r", "region"),
        ),
    ),
    Comparison(
        "ids",
        "external id",
        f"{_missing('ids')} OR NOT list_has_any(id_kinds_l, id_kinds_r)",
        (
            Level("same", "list_has_any(ids_l, ids_r)"),
            Level("slip", _ID_SLIP),
            Level("slips", _slips(*_IDS, 2)),
        ),
    ),
)

RARITIES = tuple((item.name, level.name, level.rarity) for item in COMPARISONS for level in item.levels if level.rarity)
"""Comparison, level and column, for every column whose rarity counts."""

# A pair is one person only by two kinds of evidence, or by a way to reach or identify the person: a name, a birthday
# or an address alone never are, however rare they look among the records at hand.
_KINDS = (
    (
        "jaro_winkler_similarity(given_l, given_r) >= 0.84 OR jaro_winkler_similarity(family_l, family_r) >= 0.84 "
        "OR given_l = family_r OR family_l = given_r OR starts_with(given_l, given_r) OR starts_with(given_r, given_l)"
    ),
    f"damerau_levenshtein(birth_l, birth_r) <= 1 OR ({_TWO_PARTS}) OR ({_DAY_FOR_MONTH}) OR birth_l[1:4] = birth_r[1:4]",
    (
        "jaro_winkler_similarity(street_l, street_r) >= 0.8 OR damerau_levenshtein(postcode_l, postcode_r) <= 1 "
        "OR jaro_winkler_similarity(city_l, city_r) >= 0.84"
    ),
    f"({_EMAIL_SLIPS}) OR local_l = local_r OR levenshtein(phone_l, phone_r) <= 1 OR ({_ID_SLIP})",
)
_REACHED = "email_l = email_r OR phone_l = phone_r OR list_has_any(ids_l, ids_r)"
# Who bears the family name at the same address, and reads the same mail or answers the same phone, but under a given name of
# their own, or born on another day, is somebody else of the household, unless what belongs to one person alone says otherwise.
_ANOTHER_GIVEN = (
    "formal_l <> formal_r AND is_latin_l = is_latin_r AND jaro_winkler_similarity(given_l, given_r) < 0.84 "
    "AND NOT starts_with(given_l, given_r) AND NOT starts_with(given_r, given_l) "
    "AND NOT coalesce(jaro_winkler_similarity(given_l, family_r) >= 0.84, false) "
    "AND NOT coalesce(jaro_winkler_similarity(family_l, given_r) >= 0.84, false)"
)
_SAME_NAME = (
    "(jaro_winkler_similarity(given_l, given_r) >= 0.84 AND jaro_winkler_similarity(family_l, family_r) >= 0.84) "
    "OR formal_l = formal_r OR names_l = names_r"
)
_BIRTH_AGREES = f"damerau_levenshtein(birth_l, birth_r) <= 1 OR ({_TWO_PARTS}) OR ({_DAY_FOR_MONTH})"
_ANOTHER_BIRTH = (
    f"NOT ({_BIRTH_AGREES}) AND birth_l[1:4] <> birth_r[1:4] AND birth_l[5:8] <> birth_r[5:8] "
    f"AND NOT coalesce({_SAME_NAME}, false)"
)
_HOME = "phone_l = phone_r OR jaro_winkler_similarity(street_l, street_r) >= 0.92 OR postcode_l = postcode_r"
_ONE_PERSONS = f"list_has_any(ids_l, ids_r) OR ({_ID_SLIP})"
# Born on the very day, of one family and at one address, but under names that have nothing in common, are twins. Where neither
# mailbox nor phone is known, names were taken down by others, and a wrong first name is likelier than a twin.
_TWINS = (
    "coalesce(email_l, phone_l) IS NOT NULL AND coalesce(email_r, phone_r) IS NOT NULL AND birth_l = birth_r "
    f"AND jaro_winkler_similarity(family_l, family_r) >= 0.84 AND {_ANOTHER_GIVEN} "
    "AND least(length(given_l), length(given_r)) > 2 "
    "AND NOT coalesce(list_contains(string_split(rest_l, ' '), given_r), false) "
    "AND NOT coalesce(list_contains(string_split(rest_r, ' '), given_l), false)"
)
_SOMEBODY_ELSE = (
    f"CASE WHEN NOT coalesce({_HOME} OR email_l = email_r, false) THEN false WHEN coalesce({_TWINS}, false) THEN true "
    f"WHEN coalesce({_HOME}, false) AND coalesce({_ANOTHER_BIRTH}, false) THEN true "
    f"ELSE coalesce({_ANOTHER_GIVEN}, false) AND NOT coalesce({_BIRTH_AGREES}, false) END"
)
# Whose birthday is many years and more than a slip away is a father, mother or child, though they share a name and a mailbox.
_ANOTHER_GENERATION = (
    "(coalesce(email_l = email_r, false) OR coalesce(phone_l = phone_r, false)) "
    "AND abs(try_cast(birth_l[1:4] AS INT) - try_cast(birth_r[1:4] AS INT)) >= 15 AND birth_l[5:8] <> birth_r[5:8] "
    f"AND damerau_levenshtein(birth_l, birth_r) > 2 AND NOT ({_TWO_PARTS}) AND NOT coalesce(list_has_any(ids_l, ids_r), false)"
)
_SAID = " + ".join(f"coalesce({kind}, false)::INT" for kind in _KINDS[:-1])
_TWO_KINDS = (
    f"CASE WHEN coalesce({_REACHED}, false) THEN true WHEN {_SAID} >= 2 THEN true WHEN {_SAID} = 0 THEN false "
    f"ELSE coalesce({_KINDS[-1]}, false) END"
)
SUPPORTED = (
    f"(CASE WHEN NOT ({_TWO_KINDS}) THEN false WHEN coalesce({_ANOTHER_GENERATION}, false) THEN false "
    f"WHEN coalesce({_ONE_PERSONS}, false) THEN true ELSE NOT ({_SOMEBODY_ELSE}) END)"
)
"""Whether a pair may be one person at all: SQL over the columns of two profiles."""
