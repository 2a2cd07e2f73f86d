"""The OpenAPI document as a page shows it: groups of operations, each with what it takes."""

from typing import Any

Schema = dict[str, Any]


def groups(document: Schema) -> dict[str, list[dict[str, Any]]]:
    """Tag -> its operations, in the document's order: method, path, text, fields, statuses."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            shown = {
                "method": method.upper(),
                "path": path,
                "text": operation.get("description", operation["summary"]),
                "fields": _fields(document, operation),
                "statuses": [s for s in operation["responses"] if s.startswith("2")],
            }
            found.setdefault(operation["tags"][0], []).append(shown)
    return found


def _fields(document: Schema, operation: Schema) -> list[dict[str, Any]]:
    """Those of the address and the query, then those of the body: name, where, type, required."""
    found = [
        _field(p["name"], p["in"], p["schema"], p.get("required", False), p.get("description", ""))
        for p in operation.get("parameters", [])
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(document, content["schema"])
        text = operation["requestBody"].get("description", "")
        required = schema.get("required", [])
        for name, field in schema.get("properties", {}).items():
            found.append(_field(name, "body", field, name in required, ""))
        if "properties" not in schema:
            found.append(_field(kind, "body", schema, True, text))
    return found


def _field(name: str, where: str, schema: Schema, required: bool, text: str) -> dict[str, Any]:
    text = text or schema.get("description", "")
    return {
        "name": name,
        "where": where,
        "type": _type(schema),
        "required": required,
        "text": text,
    }


def _resolved(document: Schema, schema: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def _type(schema: Schema) -> str:
    if "anyOf" in schema:
        return " | ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return schema.get("const") or schema.get("type", "any")
