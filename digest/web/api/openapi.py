"""The OpenAPI 3.1 document, made of what serves the requests."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from digest.web.api.bodies import Body, ProblemOut
from digest.web.api.door import JSON, Operation, Parameter
from digest.web.api.problems import MEDIA_TYPE

VERSION = "1"
COMMON = (401, 403, 429, 503)
OF_BODIES = (400, 413, 415, 422)
_REFERENCE = "#/components/schemas/{model}"


def document(operations: Sequence[Operation], *, title: str, url: str) -> dict[str, Any]:
    """Return what the API of the publication called *title* offers at *url*, its base."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        item = paths.setdefault(operation.path, {})
        item[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title}: API", "version": VERSION},
        "servers": [{"url": url.rstrip("/")}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(operations),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(status): {"description": text, **_content(JSON, model)}
        for status, text, model in operation.answers
    }
    problems = {*COMMON, *operation.problems, *(OF_BODIES if operation.body else ())}
    answers |= {
        str(status): {
            "description": HTTPStatus(status).phrase,
            **_content(MEDIA_TYPE, ProblemOut),
        }
        for status in sorted(problems)
    }
    made: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs the scope {operation.scope}.",
        "responses": answers,
    }
    if operation.parameters:
        made["parameters"] = [_parameter(item) for item in operation.parameters]
    if operation.body:
        made["requestBody"] = {"required": True, **_content(JSON, operation.body)}
    return made


def _content(media_type: str, model: type[BaseModel] | None) -> dict[str, Any]:
    if model is None:
        return {}
    schema = {"$ref": _REFERENCE.format(model=model.__name__)}
    return {"content": {media_type: {"schema": schema}}}


def _parameter(item: Parameter) -> dict[str, Any]:
    pattern = {"pattern": item.pattern} if item.pattern else {}
    return {
        "name": item.name,
        "in": item.place,
        "required": item.required,
        "description": item.description,
        "schema": {"type": "string", **pattern},
    }


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    models: dict[type[BaseModel], None] = {ProblemOut: None}
    for operation in operations:
        found = (operation.body, *(model for _, _, model in operation.answers))
        models |= dict.fromkeys(model for model in found if model is not None)
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "validation" if issubclass(model, Body) else "serialization") for model in models
    ]
    _, made = models_json_schema(wanted, ref_template=_REFERENCE)
    schemas: dict[str, Any] = made["$defs"]
    return schemas
