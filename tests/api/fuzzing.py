"""Requests that the description of the API allows, and some that it does not, to every operation.

In the process, without a socket; the long version is benchmarks/schemathesis.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from aim.api.parameters import MAX_INTEGER

ENDLESS: Final = "/events"
"""Its answer does not end; it has tests of its own."""
MORE_THAN_A_SCHEMA: Final = ("datetime", "filter", "bbox")
"""Parameters with a grammar that JSON Schema cannot say: what it allows may be refused by name."""


Operation = APIOperation[Any, Any, Any, Any]


def operations(app: FastAPI, known: Mapping[str, Sequence[str]]) -> list[Operation]:
    """Every operation of the description; half of the names in its paths are `known` ones, or all would be 404."""
    schema = schemathesis.openapi.from_asgi("/api", app)
    for path in schema.raw_schema["paths"].values():
        for parameter in path["get"].get("parameters", []):
            if parameter["in"] == "path" and parameter["name"] in known:
                parameter["schema"] = {"anyOf": [{"enum": [*known[parameter["name"]]]}, parameter["schema"]]}
            if parameter["name"] == "limit":  # above the maximum that is told, OGC has it taken as the maximum
                parameter["schema"]["maximum"] = MAX_INTEGER
    found = [each.ok() for each in schema.exclude(path=ENDLESS).get_all_operations() if isinstance(each, Ok)]
    assert len(found) == len(schema.raw_schema["paths"]) - 1, "an operation cannot be read"
    return found


def modes(operation: Operation) -> list[GenerationMode]:
    """What is allowed, and what is not where anything can be wrong."""
    anything = [*operation.query, *operation.path_parameters]
    return list(GenerationMode) if anything else [GenerationMode.POSITIVE]


def attack(operation: Operation, examples: int, **how: Any) -> None:
    """Ask so often in each mode. Raises what is wrong with the first answer that is: 5xx, or not as described."""
    names = {parameter.name for parameter in operation.query}
    excluded: list[CheckFunction] = [positive_data_acceptance] if names.intersection(MORE_THAN_A_SCHEMA) else []
    for mode in modes(operation):

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        )
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: Case[Any]) -> None:
            case.call_and_validate(excluded_checks=excluded, **how)

        ask()
