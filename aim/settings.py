"""Settings: the one place that reads the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from aim.errors import UnknownSetting

PREFIX = "AIM_"
ROOT_HOME = Path("/var/lib/active-intelligence-mapping")


def default_home() -> Path:
    """The user's data folder; as root, one that the database's own user may enter, so not under root's home."""
    return ROOT_HOME if os.geteuid() == 0 else Path(platformdirs.user_data_dir("active-intelligence-mapping"))


class Settings(BaseSettings):
    """What an operator may set (environment, prefix `AIM_`)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str | None = Field(
        default=None, description="Any PostgreSQL with PostGIS; unset: the private cluster."
    )
    home: Path = Field(
        default_factory=default_home, description="Folder of the private cluster and of generated files."
    )
    host: str = Field(default="127.0.0.1", description="Address that `aim serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `aim serve` listens on.")
    basemap_style: str | None = Field(default=None, description="A MapLibre style URL; unset: a plain background.")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment once.

    Raises UnknownSetting for a misspelt name: pydantic-settings ignores those, and a typing error must not
    silently mean the default.
    """
    names = os.environ if environ is None else environ
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    stray = sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
    if stray:
        raise UnknownSetting(f"Unknown setting {', '.join(stray)}. The settings are {', '.join(sorted(known))}.")
    return Settings()
