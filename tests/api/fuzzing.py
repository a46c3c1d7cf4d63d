"""Requests that the description of the API allows, and some that it does not, to every operation.

In the process, without a socket; the long version is benchmarks/schemathesis.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode, SerializationContext
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from aim.api.parameters import MAX_INTEGER
from aim.api.strategy import TOML

ENDLESS: Final = "/events"
"""Its answer does not end; it has tests of its own."""
DESCRIPTION: Final = "/api"
"""schemathesis reads it, and leaves it out."""
METHODS: Final = frozenset({"get", "put", "post", "patch", "delete"})
MORE_THAN_A_SCHEMA: Final = ("datetime", "filter", "bbox")
"""Parameters with a grammar that JSON Schema cannot say: what it allows may be refused by name."""


Operation = APIOperation[Any, Any, Any, Any]


@schemathesis.serializer(TOML)
def as_text(context: SerializationContext, value: Any) -> bytes:
    """A body of TOML is written as it is, and what is no text as JSON writes it."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


def operations(app: FastAPI, headers: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> list[Operation]:
    """Every operation of the description that who sends these headers is shown.

    Half of the names in its paths are `known` ones, or all would be 404.
    """
    schema = schemathesis.openapi.from_asgi(DESCRIPTION, app, headers=dict(headers))
    described = [*_described(schema.raw_schema)]
    for operation in described:
        for parameter in operation.get("parameters", []):
            _reach(parameter, known)
    found = [each.ok() for each in schema.exclude(path=ENDLESS).get_all_operations() if isinstance(each, Ok)]
    assert len(found) == len(described) - len((ENDLESS, DESCRIPTION)), "an operation cannot be read"
    return found


def _described(description: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The operations, whichever methods a path takes."""
    for path in description["paths"].values():
        yield from (operation for method, operation in path.items() if method in METHODS)


def _reach(parameter: dict[str, Any], known: Mapping[str, Sequence[str]]) -> None:
    if parameter["in"] == "path" and parameter["name"] in known:
        parameter["schema"] = {"anyOf": [{"enum": [*known[parameter["name"]]]}, parameter["schema"]]}
    if parameter["name"] == "limit":  # above the maximum that is told, OGC has it taken as the maximum
        parameter["schema"] |= {"maximum": MAX_INTEGER}


def modes(operation: Operation) -> list[GenerationMode]:
    """What is allowed, and what is not where anything can be wrong."""
    anything = [*operation.query, *operation.path_parameters, *operation.body]
    return list(GenerationMode) if anything else [GenerationMode.POSITIVE]


def attack(operation: Operation, examples: int, headers: Mapping[str, str]) -> None:
    """Ask so often in each mode. Raises what is wrong with the first answer that is: 5xx, or not as described."""
    for mode in modes(operation):
        ask(operation, mode, examples, headers)


def ask(operation: Operation, mode: GenerationMode, examples: int, headers: Mapping[str, str]) -> None:
    """Ask so often in one mode. Raises as `attack` does."""
    names = {parameter.name for parameter in operation.query}
    beyond = names.intersection(MORE_THAN_A_SCHEMA) or [*operation.body]
    excluded: list[CheckFunction] = [positive_data_acceptance] if beyond else []

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def once(case: Case[Any]) -> None:
        case.call_and_validate(headers=dict(headers), excluded_checks=excluded)

    once()
