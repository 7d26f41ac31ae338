"""Settings: one typed, frozen model, read once from `cx_pipeline.toml` and `CX_*` and validated whole."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from cx_pipeline.data_uses import DATA_USES
from cx_pipeline.errors import ConfigError
from cx_pipeline.mart_settings import Marts
from cx_pipeline.zones import zone_names

MIB = 1024 * 1024
_FILE = "cx_pipeline.toml"
_CONFIG = "CX_CONFIG"
_NO_SETTINGS = frozenset({_CONFIG, "CX_FAULT", "CX_SHARED_FIXTURES", "CX_TEST_CANARIES"})  # what else the project asks for


def _not_empty(value: object) -> object:
    """An empty path would be the folder we are in, which nobody asked for."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("a path must not be empty")
    return value


def _openable(path: Path) -> Path:
    """DuckDB takes what follows a question mark for options of the file, and a backslash for a folder's end."""
    if "?" in str(path) or (os.sep == "/" and "\\" in str(path)):
        raise ValueError("no database file can be opened in a folder with a question mark or a backslash in its name")
    return path


Place = Annotated[Path, BeforeValidator(_not_empty)]
DataPlace = Annotated[Place, AfterValidator(_openable)]  # where database files lie


class Limits(BaseModel):
    """What a hostile or broken file may cost. Sizes are bytes after decompression unless named otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_file_bytes: int = Field(default=64 * 1024 * MIB, gt=0, description="decompressed size of one file")
    max_ratio: float = Field(default=250.0, gt=1, description="decompressed / compressed, judged after 16 MiB")
    max_entries: int = Field(default=100, gt=0, description="entries of one zip")
    max_record_bytes: int = Field(default=16 * MIB, gt=0, description="one record")
    max_cell_bytes: int = Field(default=8 * MIB, gt=0, description="one cell")
    max_columns: int = Field(default=5_000, gt=0, description="columns of one file")


ScaleName = Literal[
    "nps",
    "good_bad",
    "csat_3",
    "csat_3_best_first",
    "csat_5",
    "csat_5_best_first",
    "csat_7",
    "csat_10",
    "csat_0_10",
    "csat_100",
    "quality_5",
    "smileys_3",
    "smileys_5",
    "ces_5",
    "ces_5_easy_first",
    "ces_7",
    "ces_7_easy_first",
    "stars_5",
    "stars_10",
    "thumbs",
    "pmf_3",
]


class Survey(BaseModel):
    """What a survey measures, where its export does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, description="id of the survey, or its beginning followed by *")
    audience: Literal["customer", "employee"] | None = Field(default=None, description="who is asked")
    metric: Literal["nps", "csat", "ces", "stars", "thumbs", "other"] | None = Field(
        default=None, description="what its score measures"
    )
    scale: ScaleName | None = Field(default=None, description="name of the scale of its score, such as ces_7_easy_first")
    is_inverted: bool | None = Field(default=None, description="whether the lowest number of the scale is the good end")
    question: str | None = Field(default=None, description="key of the question that holds the score, such as QID2")
    scale_min: float | None = Field(default=None, description="lowest score of the question")
    scale_max: float | None = Field(default=None, description="highest score of the question")


class Identity(BaseModel):
    """Guards of the exact rules that join records to people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_records_per_email: int = Field(default=20, gt=1, description="records sharing one e-mail before it stops matching")
    max_records_per_phone: int = Field(default=6, gt=1, description="records sharing one phone before it stops matching")
    max_records_per_external_id: int = Field(
        default=20, gt=1, description="records sharing one external id before it stops matching"
    )
    blocked_values: frozenset[str] = Field(default=frozenset(), description="normalised values that never match")
    model: Place | None = Field(default=None, description="model fitted on one's own data; the one that comes along when not set")
    match_probability: float = Field(
        default=0.4,
        gt=0,
        lt=1,
        description="probability that clusters must have, on average over their records, to be one person",
    )
    sources_without_duplicates: frozenset[str] = Field(
        default=frozenset(), description="source systems in which nobody has two records"
    )
    must_link: Place | None = Field(default=None, description="CSV of record pairs that are one person: left,right")
    cannot_link: Place | None = Field(default=None, description="CSV of record pairs that are not one person: left,right")
    max_changed_share: float = Field(
        default=0.1, ge=0, le=1, description="share of known records that may change their customer in one run"
    )
    max_merged_share: float = Field(default=0.1, ge=0, le=1, description="share of customers that may be absorbed in one run")
    max_cluster_records: int = Field(default=1_000, gt=1, description="records that the largest customer may grow to")
    impact_floor: int = Field(
        default=20, ge=0, description="records, and customers, that may always change, however large their share"
    )


class Privacy(BaseModel):
    """What is asked of the published file beyond that nobody's identifiers are in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_false_masks: float = Field(
        default=5.0, ge=0, description="false masks per 1,000 messages without anything personal, before publishing stops"
    )
    max_masked_share: float = Field(
        default=0.5, ge=0, le=1, description="share of the characters of a text column that may be tags, before publishing stops"
    )
    min_group: int = Field(default=5, ge=1, description="customers that should share country, language and month first seen (k)")
    min_diversity: int = Field(default=2, ge=1, description="different categories of contact in such a group (l)")
    max_exposed_share: float = Field(
        default=0.05, ge=0, le=1, description="share of customers in smaller or less diverse groups before it is warned"
    )


Attribute = Literal["name", "email", "phone", "address", "handle", "country", "language", "timezone", "organization_id"]
Criterion = Literal["trust", "recency", "frequency", "completeness"]
_STALE_DAYS: dict[Attribute, int] = {"name": 1825, "country": 730, "language": 730}
_USUALLY_STALE_DAYS = 365


class Ai(BaseModel):
    """What the datasets for models are made of, and how they are split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    retrieval_purpose: str = Field(
        default="functional.service.improve", description="data use that a person must permit before chunks hold what they wrote"
    )
    test_share: Annotated[float, Field(gt=0, lt=0.5, description="share of the conversations that are for tests")] = 0.1
    validation_share: Annotated[float, Field(gt=0, lt=0.5, description="share of the conversations that are for validation")] = (
        0.1
    )
    boilerplate_customers: Annotated[
        int, Field(ge=2, description="a line that the company sent to so many customers is boilerplate")
    ] = 10
    keep_versions: Annotated[
        int,
        Field(ge=1, description="versions of the dataset that stay; a version that takes something out removes all before it"),
    ] = 3

    @model_validator(mode="after")
    def _known_use(self) -> Ai:
        if self.retrieval_purpose not in DATA_USES:
            raise ValueError("only data uses of the fideslang taxonomy are known, such as functional.service.improve")
        return self


class AttributeSurvivorship(BaseModel):
    """What differs for one attribute; what is not set is as for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: tuple[Criterion, ...] | None = Field(default=None, min_length=1, description="criteria, the first decides first")
    trust: tuple[str, ...] | None = Field(default=None, description="source systems, the most trusted first")
    stale_after_days: int | None = Field(default=None, gt=0, description="days after which the value is stale")


class AttributesSurvivorship(BaseModel):
    """What differs by attribute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of name alone")
    email: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of email alone")
    phone: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of phone alone")
    address: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of address alone")
    handle: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of handle alone")
    country: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of country alone")
    language: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of language alone")
    timezone: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of timezone alone")
    organization_id: AttributeSurvivorship | None = Field(
        default=None, description="order, trust, stale_after_days of organization_id alone"
    )


class Survivorship(BaseModel):
    """How the one value of an attribute is chosen from what the sources say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: tuple[Criterion, ...] = Field(
        default=("trust", "recency", "frequency", "completeness"), min_length=1, description="criteria, the first decides first"
    )
    trust: tuple[str, ...] = Field(
        default=(),
        description="source systems, the most trusted first; the others come last, and in each profiles before contacts",
    )
    stale_after_days: int | None = Field(
        default=None,
        gt=0,
        description="days after which an unconfirmed value is stale; not set: 1825 for name, 730 for country, language, else 365",
    )
    attributes: AttributesSurvivorship = AttributesSurvivorship()

    def order_of(self, attribute: Attribute) -> tuple[Criterion, ...]:
        """The criteria of an attribute, each once, the first decides first."""
        return tuple(dict.fromkeys(self._own(attribute).order or self.order))

    def trust_of(self, attribute: Attribute) -> tuple[str, ...]:
        """The source systems that an attribute is trusted to, the most trusted first."""
        own = self._own(attribute).trust
        return self.trust if own is None else own

    def stale_days_of(self, attribute: Attribute) -> int:
        """After how many days without confirmation the attribute's value is stale."""
        return self._own(attribute).stale_after_days or self.stale_after_days or _STALE_DAYS.get(attribute, _USUALLY_STALE_DAYS)

    def _own(self, attribute: Attribute) -> AttributeSurvivorship:
        own: AttributeSurvivorship | None = getattr(self.attributes, attribute)
        return own or AttributeSurvivorship()


Basis = Literal["contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]
ContactChannel = Literal["email", "sms", "phone", "push", "post", "messenger", "in_app"]


class Consent(BaseModel):
    """What the sources' words of consent mean, and what may be done without it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purposes: dict[str, str] = Field(
        default={}, description="data use of a purpose as consent_events.purpose has it, over those known already"
    )
    channels: dict[str, ContactChannel] = Field(default={}, description="channel of a source's word for one")
    other_basis: dict[str, Basis] = Field(
        default={"essential.legal_obligation": "legal_obligation"},
        description="data uses that another legal basis than consent holds for, their kinds included",
    )
    contact_purposes: tuple[str, ...] = Field(
        default=("marketing.communications", "functional.service.improve"),
        description="data uses that contactable_customers tells of",
    )

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @model_validator(mode="after")
    def _known_uses(self) -> Consent:
        if not DATA_USES.issuperset([*self.purposes.values(), *self.other_basis, *self.contact_purposes]):
            raise ValueError("only data uses of the fideslang taxonomy are known, such as marketing.communications")
        return self


class Retention(BaseModel):
    """How long what is kept. Days; what is not set stays for good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: tuple[tuple[str, Annotated[int, Field(gt=0)]], ...] = Field(
        default=(), description="days by table, counted from the table's own time: older rows are not published"
    )
    raw_days: int | None = Field(default=None, gt=0, description="days that delivered files stay, from their delivery date")
    lake_days: int | None = Field(
        default=None, gt=0, description="days that deliveries stay in the lake and are published from it"
    )
    versions_days: int | None = Field(default=None, gt=0, description="days that versions stay after they were published")
    reports_days: int | None = Field(
        default=None, gt=0, description="days that reports stay; certificates of erasure stay always"
    )

    @field_validator("tables", mode="before")
    @classmethod
    def _by_table(cls, value: object) -> object:
        """Written as a table of names and days; kept as pairs, as settings are compared and hashed whole."""
        return tuple(sorted(value.items())) if isinstance(value, dict) else value


SignKind = Literal["bereavement", "hardship", "health", "accessibility", "other"]


class Vulnerability(BaseModel):
    """Signs that a customer may need special care, for people to look at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_on: bool = Field(default=True, description="look for such signs after publishing")
    declared: tuple[tuple[SignKind, tuple[str, ...]], ...] = Field(
        default=(
            ("bereavement", ("bereavement", "bereaved", "deceased", "deceased customer", "death in family")),
            ("hardship", ("hardship", "financial hardship", "financial difficulty", "debt help", "breathing space")),
            ("health", ("serious illness", "mental health", "health vulnerability")),
            ("accessibility", ("accessibility", "accessibility needs", "disability", "large print", "braille", "text relay")),
            ("other", ("vulnerable", "vulnerable customer", "vulnerability")),
        ),
        description="tags, categories and queues that declare it, by kind; case and punctuation do not matter",
    )
    rules: Place | None = Field(default=None, description="TOML file of further rules, in the form of signs.toml")

    @field_validator("declared", mode="before")
    @classmethod
    def _by_kind(cls, value: object) -> object:
        """Written as a table of kinds and words; kept as pairs, as settings are compared and hashed whole."""
        return tuple(sorted(value.items())) if isinstance(value, dict) else value


class Settings(BaseSettings):
    """Everything a run may be told. Unknown keys are refused."""

    model_config = SettingsConfigDict(env_prefix="CX_", env_nested_delimiter="__", frozen=True, extra="forbid")

    data_dir: DataPlace = Field(default=Path("data"), description="where lake, state and the published file live")
    raw_dir: Place | None = Field(default=None, description="deliveries; `raw` below data_dir when not set")
    start_date: date = Field(default=date(2015, 1, 1), description="first delivery date that is a partition")
    timezone: str = Field(default="UTC", description="IANA zone of the schedule and of zone-less times")
    schedule: str = Field(default="0 2 * * *", description="cron of the nightly run")
    default_country: str = Field(default="US", min_length=2, max_length=2, description="ISO country of bare phone numbers")
    keep_versions: Annotated[int, Field(ge=1, description="published versions that stay for a rollback")] = 7
    batch_rows: Annotated[int, Field(ge=1, description="records handled at once; bounds memory, changes no result")] = 250_000
    storage_version: str = Field(default="v1.4.0", description="oldest DuckDB that must read the published file")
    token_key: str | None = Field(default=None, description="hex key of tokens; made under state/ when not set", repr=False)
    token_key_version: Annotated[int, Field(ge=1, description="version of token_key: tokens begin with k and this number")] = 1
    token_key_previous: str | None = Field(
        default=None, description="the token_key before, in hex; only while cx-pipeline key rotate runs", repr=False
    )
    mailboxes: frozenset[str] = Field(default=frozenset(), description="extra role mailboxes that never match people")
    test_domains: frozenset[str] = Field(default=frozenset(), description="extra e-mail domains of test records")
    exclude: frozenset[str] = Field(default=frozenset(), description="exports left out, as source.export")
    accept_drift: frozenset[str] = Field(
        default=frozenset(), description="columns whose drift is accepted, as source.export.column; * for all"
    )
    surveys: tuple[Survey, ...] = Field(default=(), description="what surveys measure whose exports do not say")
    limits: Limits = Limits()
    identity: Identity = Identity()
    survivorship: Survivorship = Survivorship()
    consent: Consent = Consent()
    privacy: Privacy = Privacy()
    retention: Retention = Retention()
    marts: Marts = Marts()
    ai: Ai = Ai()
    vulnerability: Vulnerability = Vulnerability()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zone_names():
            raise ValueError("not an IANA time zone, such as Europe/Berlin")
        return value

    @field_validator("schedule")
    @classmethod
    def _five_fields(cls, value: str) -> str:
        if len(value.split()) != 5:
            raise ValueError("a cron expression has five fields, such as '0 2 * * *'")
        return value

    @property
    def raw(self) -> Path:
        """The folder of deliveries."""
        return self.raw_dir if self.raw_dir is not None else self.data_dir / "raw"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # names are pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_config_file())


def load(**overrides: object) -> Settings:
    """Read the settings once; values that are None are left to file, environment and default.

    Raises:
        ConfigError: with every problem at once, naming the setting but never its value.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    problems = list(_unknown())
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems += [
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors(include_input=False)
        ]
    except SettingsError as error:
        named = re.search(r'field "(\w+)"', str(error))
        problems.append(f"{named[1] if named else 'a setting'}: not JSON in the environment")
    if problems:
        raise ConfigError(
            f"the settings are not valid: {'; '.join(problems)}", next_step=f"correct {_FILE} or the CX_* variables"
        )
    return settings


def _config_file() -> Path | None:
    """The file of settings; None when there is none where nobody named one.

    Raises:
        ConfigError: it cannot be read, or is no TOML: without it, what it excludes would be taken in and nothing let go.
    """
    named = os.environ.get(_CONFIG)
    path = Path(_FILE if named is None else named).expanduser()
    try:
        if named is None and not (path.exists() or path.is_symlink()):
            return None
        if not path.is_file():
            raise ConfigError("there is no such file of settings", where=_origin(named, path), expected=f"a file like {_FILE}")
        with path.open("rb") as handle:
            tomllib.load(handle)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "the file of settings is not UTF-8", where=f"{_origin(named, path)}, line {line}", next_step="save it as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at ([^()]+)\)$", str(error))  # what is said before it may repeat what the file holds
        where = f"{_origin(named, path)}, {place[1]}" if place else _origin(named, path)
        raise ConfigError("the file of settings is no TOML", where=where, next_step="correct it there") from None
    except OSError as error:
        raise ConfigError(f"the file of settings cannot be read: {error.strerror}", where=_origin(named, path)) from None
    return path


def _origin(named: str | None, path: Path) -> str:
    return str(path) if named is None else f"{_CONFIG}={named}"


def _unknown() -> Iterator[str]:
    """What is wrong with variables that look like settings and are none; what lies below a known one is judged with it."""
    known = dict(_variables(Settings, "CX_"))
    for name in sorted(os.environ):
        asked = name.upper()  # as pydantic reads them
        if not asked.startswith("CX_") or asked in known or asked in _NO_SETTINGS:
            continue
        if known.get(asked.partition("__")[0]):
            continue
        nearest = get_close_matches(asked, [*known, _CONFIG], n=1, cutoff=0.0)
        yield f"{name}: no such setting, the nearest is {nearest[0]}"


def _variables(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, bool]]:
    """Every variable, and whether there are others below it."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        variable = f"{prefix}{name.upper()}"
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield variable, True
            yield from _variables(kind, f"{variable}__")
        else:
            yield variable, False
