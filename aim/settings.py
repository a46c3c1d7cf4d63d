"""Settings: the one place that reads the environment."""

import os
from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from aim.errors import UnknownSetting, UsageError

PREFIX = "AIM_"
ROOT_HOME = Path("/var/lib/active-intelligence-mapping")


def default_home() -> Path:
    """The user's data folder; as root, one that the database's own user may enter, so not under root's home."""
    return ROOT_HOME if os.geteuid() == 0 else Path(platformdirs.user_data_dir("active-intelligence-mapping"))


class Settings(BaseSettings):
    """What an operator may set (environment, prefix `AIM_`). An empty value is none: compose files give those."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    database_url: str | None = Field(
        default=None, description="Any PostgreSQL with PostGIS; unset: the private cluster."
    )
    service_database_url: str | None = Field(
        default=None,
        description="How `aim serve` reaches that database as aim_app; unset: as its owner, with SET ROLE.",
    )
    door_database_url: str | None = Field(
        default=None, description="How `aim serve` reaches it as aim_door; unset: as its owner, with SET ROLE."
    )
    home: Path = Field(
        default_factory=default_home, description="Folder of the private cluster and of generated files."
    )
    host: str = Field(default="127.0.0.1", description="Address that `aim serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `aim serve` listens on.")
    requests_per_second: int = Field(
        default=200,
        ge=0,
        description="Requests that one address may make, in the long run (five times as many at once); 0: no limit.",
    )
    fetch_allow: str | None = Field(
        default=None,
        description="Hosts, separated by commas, that may be fetched from over plain HTTP or in a private network.",
    )
    harm_weights: Path | None = Field(
        default=None, description="A signed file of harm weights (`aim harm sign`); unset: harm is not scored."
    )
    basemap_style: str | None = Field(default=None, description="A MapLibre style URL; unset: a plain background.")


def load_settings() -> Settings:
    """Read the environment once.

    Raises UnknownSetting for a misspelt name: pydantic-settings ignores those, and a typing error must not
    silently mean the default. Raises UsageError for a value that cannot be.
    """
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    stray = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    if stray:
        raise UnknownSetting(f"Unknown setting {', '.join(stray)}. The settings are {', '.join(sorted(known))}.")
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{PREFIX}{e['loc'][0]}".upper() + f" cannot be {e['input']!r}: {e['msg']}." for e in error.errors()]
        raise UsageError(" ".join(wrong)) from error
