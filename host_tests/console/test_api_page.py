"""The document of the REST API, as a page: each operation with all that it takes."""

from qsota_tools.console import api_document, web_app

DOCUMENT = web_app.create(None).openapi()
GROUPS = api_document.groups(DOCUMENT)


def operation(method, path):
    every = [shown for shown in sum(GROUPS.values(), []) if shown["path"] == "/api/v1" + path]
    return next(shown for shown in every if shown["method"] == method)


def fields(method, path):
    shown = operation(method, path)["fields"]
    return {f["name"]: (f["where"], f["type"], f["required"]) for f in shown}


def test_each_operation_of_the_document_is_there_once():
    listed = [(o["path"], o["method"].lower()) for found in GROUPS.values() for o in found]
    assert sorted(listed) == sorted((p, m) for p, ms in DOCUMENT["paths"].items() for m in ms)


def test_what_an_operation_takes_is_named_with_its_place_and_type():
    assert fields("POST", "/clock/run") == {"speed": ("body", "integer", True)}
    assert fields("PUT", "/plans/{plan}/texts/{language}") == {
        "plan": ("path", "integer", True),
        "language": ("path", "string", True),
        "text": ("body", "string", True),
    }
    status = "saved | active | upgrading | suspended | terminated | ended | null"
    assert fields("GET", "/plans")["status"] == ("query", status, False)
    assert fields("POST", "/files")["application/octet-stream"][0] == "body"
    assert fields("POST", "/plans") == {"application/json": ("body", "object", True)}


def test_the_page_shows_them_in_both_languages(client):
    for language, required in (("en", "required"), ("zh", "必填")):
        page = client.get("/api", headers={"accept-language": language})
        assert required in page.text and "/api/v1/plans/{plan}/rehearsal" in page.text
