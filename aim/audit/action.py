"""The kinds of lines of the log."""

from enum import StrEnum


class Action(StrEnum):
    """What section 62 of the Data Protection Act 2018 wants logged; and access: sign-ins, locks, accounts, keys."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    ACCESS = "access"
