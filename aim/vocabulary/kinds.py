"""Kinds of area."""

from enum import StrEnum


class AreaKind(StrEnum):
    """What an area is for. A partnership is what `aim score` scores; the others name places inside it."""

    PARTNERSHIP = "partnership"
    BOROUGH = "borough"
    WARD = "ward"
    BEAT = "beat"
    LSOA = "lsoa"
