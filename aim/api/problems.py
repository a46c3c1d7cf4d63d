"""Errors as RFC 9457 problems: one shape for ours, for parameters, for paths and for the database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg.errors import DiskFull, UndefinedFunction, UndefinedTable
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aim.api.answers import prefers_html
from aim.api.pages import render
from aim.db.engine import UNAVAILABLE
from aim.errors import AimError, DatabaseFull, DatabaseUnavailable, SetupError, UnknownName, UsageError

PROBLEM: Final = "application/problem+json"
TYPE: Final = "urn:problem-type:aim:"
ECHO: Final = 100
"""Characters of a client's own words that are said back."""


@dataclass(frozen=True)
class Problem:
    """`type` is stable and for programs; `detail` says what to do; `parameter` is the one at fault, if one is."""

    status: int
    type: str
    title: str
    detail: str
    parameter: str | None = None
    seconds: float = 0.0
    """After which to try again; 0: not said."""

    @classmethod
    def of(cls, error: AimError, parameter: str | None = None) -> "Problem":
        title = (type(error).__doc__ or "").strip().splitlines()[0]
        return cls(error.status, f"{TYPE}{error.slug}", title, str(error), parameter, error.seconds)

    def members(self, path: str) -> dict[str, Any]:
        found = {"type": self.type, "title": self.title, "status": self.status, "detail": self.detail, "instance": path}
        return found if self.parameter is None else found | {"parameter": self.parameter}


def register(app: FastAPI) -> None:
    """Answer every error of the service with a problem."""
    for kind in (AimError, RequestValidationError, HTTPException, *UNAVAILABLE, ProgrammingError):
        app.add_exception_handler(kind, on_error)
    app.add_exception_handler(Exception, on_failure)


def on_error(request: Request, error: Exception) -> Response:
    return respond(request, problem_of(request, error), getattr(error, "headers", None))


def on_failure(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the server logs the traceback
    return respond(request, Problem.of(AimError("The service failed at this request; its log says why.")))


def problem_of(request: Request, error: Exception) -> Problem:
    """The problem that an error is to the client; raised again where it is none of those foreseen."""
    match error:
        case AimError():
            return Problem.of(error)
        case RequestValidationError():
            return invalid_parameter(request, error.errors()[0])
        case HTTPException():
            return wrong_path(request, HTTPStatus(error.status_code), (error.headers or {}).get("Allow", "GET"))
        case OperationalError(orig=DiskFull()):
            return Problem.of(DatabaseFull())
        case OperationalError() | InterfaceError() | NoConnectionFree():
            return Problem.of(DatabaseUnavailable())
        case ProgrammingError(orig=UndefinedTable() | UndefinedFunction()):
            return Problem.of(SetupError("The database lacks our tables: run `aim db migrate`."))
        case _:
            raise error


def wrong_path(request: Request, status: HTTPStatus, allowed: str) -> Problem:
    """No such path, or a method that the path does not have."""
    path = request.url.path[:ECHO]
    if status == HTTPStatus.NOT_FOUND:
        return Problem.of(UnknownName(f"There is nothing at {path}: {request.base_url}api.html lists what there is."))
    how = "can only be read, with GET or HEAD" if allowed == "GET" else f"takes {allowed} only"
    detail = f"{path} {how}, and this was {request.method[:ECHO]}."
    return Problem(status, "about:blank", status.phrase, detail)


def invalid_parameter(request: Request, flaw: dict[str, Any]) -> Problem:
    """The problem for the first flaw that validation found, at `loc` (where, name)."""
    where, name = flaw["loc"][0], str(flaw["loc"][-1])[:ECHO]
    reason = flaw["msg"].removeprefix("Value error, ")
    detail = f"“{str(flaw['input'])[:ECHO]}” will not do for {name}: {reason[:1].lower()}{reason[1:]}."
    if flaw["type"] == "extra_forbidden":
        known = ", ".join(known_parameters(request))
        detail = f"There is no parameter “{name}” here. Those there are: {known}."
    if where == "path":
        return Problem.of(UnknownName(detail), name)
    return Problem(UsageError.status, f"{TYPE}invalid-parameter", "A parameter cannot be used.", detail, name)


def known_parameters(request: Request) -> list[str]:
    """The query parameters of the path that was asked, as its own documentation has them."""
    route = request.scope["route"]
    operation = request.app.openapi()["paths"][route.path][min(route.methods).lower()]
    return [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]


def wants_page(request: Request) -> bool:
    """Whether a browser asks: `f` decides; without it, what the client accepts."""
    f = request.query_params.get("f")
    return f == "html" or (f is None and prefers_html(request.headers.get("accept", "")))


def respond(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as JSON, or as a page for a browser."""
    sent = {"Cache-Control": "no-store", "Vary": "Accept", **(headers or {})}
    if problem.seconds:
        sent["Retry-After"] = str(ceil(problem.seconds))
    if wants_page(request):
        page = render(
            request.app.state.service.templates, "problem.html", {"problem": problem, "base": str(request.base_url)}
        )
        return Response(page.body, problem.status, sent, page.media_type)
    body = json.dumps(problem.members(request.url.path), ensure_ascii=False)
    return Response(body, problem.status, sent, PROBLEM)
