"""All settings as one typed, frozen model, read once from `cx_pipeline.toml` and `CX_*` and validated whole."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from cx_pipeline.errors import ConfigError, nearest
from cx_pipeline.settings import cron
from cx_pipeline.settings.ai import Ai
from cx_pipeline.settings.identity import Identity, Survivorship
from cx_pipeline.settings.marts import Marts
from cx_pipeline.settings.places import DataPlace, Place
from cx_pipeline.settings.privacy import Consent, Privacy, Retention
from cx_pipeline.settings.reading import Limits, Survey
from cx_pipeline.settings.vulnerability import Vulnerability
from cx_pipeline.zones import zone_names

_FILE = "cx_pipeline.toml"
_CONFIG = "CX_CONFIG"
_NO_SETTINGS = frozenset({_CONFIG, "CX_FAULT", "CX_SHARED_FIXTURES", "CX_TEST_CANARIES"})  # what else the project asks for


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
    def _is_cron(cls, value: str) -> str:
        if wrong := cron.problem(value):
            raise ValueError(wrong)
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
        problems += [_told(".".join(map(str, item["loc"])), item) for item in error.errors(include_input=False)]
    except SettingsError as error:
        named = re.search(r'field "(\w+)"', str(error))
        problems.append(f"{named[1] if named else 'a setting'}: not JSON in the environment")
    if problems:
        raise ConfigError(
            f"the settings are not valid: {'; '.join(problems)}", next_step=f"correct {_FILE} or the CX_* variables"
        )
    return settings


def _told(name: str, item: ErrorDetails) -> str:
    if item["type"] != "extra_forbidden":
        return f"{name}: {item['msg']}"
    known = [variable.removeprefix("CX_").replace("__", ".").lower() for variable, _ in _variables(Settings, "CX_")]
    return f"{name}: no such setting, the nearest is {nearest(name, known)}"


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
        yield f"{name}: no such setting, the nearest is {nearest(asked, [*known, _CONFIG])}"


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
