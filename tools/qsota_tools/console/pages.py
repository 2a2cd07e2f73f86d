"""The pages: each reads what it shows from the desk; what they change, they change by the API."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from qsota_tools.center import zones
from qsota_tools.center.desk.devices import TRIGGERS
from qsota_tools.center.texts import LANGUAGES as TEXT_LANGUAGES
from qsota_tools.center.wall_clock import SPEEDS
from qsota_tools.console import api_document
from qsota_tools.console.api.parts import Desk, Id, Key, Parts, ProductKey, Start, Text
from qsota_tools.console.rendering import render
from qsota_tools.console.words import COOKIE, LANGUAGES

router = APIRouter()

_PAGE = 50  # rows
_CHOICES = 1000  # of a list in a form
_LOG = 300  # rows on a device's page; the API has them all
_YEAR_S = 31536000


def _show(request: Request, desk: Desk, name: str, **values: Any) -> Response:
    clock = desk.clock.get()
    shown = {"clock": clock, "speeds": SPEEDS, "failure": desk.failure, "page_rows": _PAGE}
    return render(request, name, **shown, **values)


@router.get("/")
def overview(request: Request, parts: Parts) -> Response:
    desk = parts.service
    return _show(
        *(request, desk, "overview.html"),
        products=desk.products.find(),
        plans=desk.plans.find(limit=10),
        packages=desk.packages.find(limit=_CHOICES),
        devices=desk.devices.find(limit=1),
        online=desk.devices.find(online=True, limit=1)["total"],
        boards=parts.bench.find(),
    )


@router.get("/language/{language}")
def choose_language(request: Request, language: str) -> Response:
    """Back to the page that it was chosen on."""
    back = request.query_params.get("back", "/")
    local = back.startswith("/") and not back.startswith(("//", "/\\"))
    response = RedirectResponse(back if local else "/", 303)
    if language in LANGUAGES:
        response.set_cookie(COOKIE, language, max_age=_YEAR_S, samesite="strict")
    return response


@router.get("/products")
def products(request: Request, desk: Desk) -> Response:
    return _show(request, desk, "products.html", products=desk.products.find())


@router.get("/devices")
def devices(
    request: Request,
    desk: Desk,
    product: ProductKey = "",
    text: Text = "",
    online: str = "",
    start: Start = 0,
) -> Response:
    chosen = {"yes": True, "no": False}.get(online)
    found = desk.devices.find(product or None, text, chosen, start, _PAGE)
    filters = {"product": product, "text": text, "online": online}
    return _show(
        *(request, desk, "devices.html"),
        found=found,
        filters=filters,
        products=desk.products.find(),
    )


@router.get("/device")
def device(
    request: Request,
    parts: Parts,
    product: ProductKey,
    key: Key,
    plan: Annotated[int | None, Query(ge=1)] = None,
    trigger: str = "grid",
) -> Response:
    desk = parts.service
    found = desk.devices.get(product, key)
    unit = parts.bench.of_device(product, key)
    plans = [row for row in desk.plans.find(limit=_CHOICES)["rows"] if row["product"] == product]
    at = plan or (plans[0]["id"] if plans else None)
    plans += [task | {"id": task["plan"]} for task in found["tasks"] if task["verifies"]]
    task = next((row for row in found["tasks"] if row["plan"] == at), None)
    return _show(
        *(request, desk, "device.html"),
        device=found,
        plans=plans,
        plan=next((row for row in plans if row["id"] == at), None),
        task=task,
        trigger=trigger,
        triggers=TRIGGERS,
        why=desk.devices.why_not(at, product, key, trigger) if at else None,
        log=desk.devices.latest_log(product, key, _LOG),
        lines=unit.transcript()[-_LOG:] if unit else [],
        unit=unit and unit.view(),
        app_plans=desk.app.plans(product, key),
    )


@router.get("/packages")
def packages(request: Request, desk: Desk, text: Text = "", start: Start = 0) -> Response:
    found = desk.packages.find(text, start, _PAGE)
    return _show(request, desk, "packages.html", found=found, filters={"text": text})


@router.get("/packages/new")
def new_package(request: Request, desk: Desk) -> Response:
    return _show(request, desk, "package_form.html")


@router.get("/packages/{package}")
def package(request: Request, desk: Desk, package: Id) -> Response:
    return _show(
        *(request, desk, "package.html"),
        package=desk.packages.get(package),
        devices=desk.devices.find(limit=_CHOICES)["rows"],
        products=desk.products.find(),
    )


@router.get("/plans")
def plans(
    request: Request, desk: Desk, text: Text = "", status: str = "", start: Start = 0
) -> Response:
    found = desk.plans.find(text, status or None, start, _PAGE)
    filters = {"text": text, "status": status}
    return _show(request, desk, "plans.html", found=found, filters=filters)


@router.get("/plans/new")
def new_plan(request: Request, desk: Desk) -> Response:
    return _form(request, desk, None)


@router.get("/plans/{plan}/edit")
def edit_plan(request: Request, desk: Desk, plan: Id) -> Response:
    return _form(request, desk, desk.plans.get(plan))


def _form(request: Request, desk: Desk, plan: dict[str, Any] | None) -> Response:
    return _show(
        *(request, desk, "plan_form.html"),
        plan=plan,
        products=desk.products.find(),
        packages=desk.packages.find(limit=_CHOICES)["rows"],
        others=[p for p in desk.plans.find(limit=_CHOICES)["rows"] if p["components"]],
        zones=zones.names(),
        text_languages=TEXT_LANGUAGES,
    )


@router.get("/plans/{plan}")
def plan(request: Request, desk: Desk, plan: Id) -> Response:
    shown = desk.plans.get(plan)
    saved = shown["status"] == "saved"
    return _show(
        *(request, desk, "plan.html"),
        plan=shown,
        rehearsal=desk.plans.rehearse(plan) if saved else None,
    )


@router.get("/plans/{plan}/monitor")
def monitor(
    request: Request,
    desk: Desk,
    plan: Id,
    status: str = "",
    text: Text = "",
    online: str = "",
    start: Start = 0,
) -> Response:
    chosen = {"yes": True, "no": False}.get(online)
    return _show(
        *(request, desk, "monitor.html"),
        plan=desk.plans.get(plan),
        found=desk.monitor.devices(plan, status or None, text, chosen, start, _PAGE),
        filters={"status": status, "text": text, "online": online},
    )


@router.get("/bench")
def bench(request: Request, parts: Parts) -> Response:
    desk = parts.service
    packages = [
        p for p in desk.packages.find(limit=_CHOICES)["rows"] if p["package_type"] == "full"
    ]
    return _show(
        request,
        desk,
        "bench.html",
        boards=parts.bench.find(),
        fleets=parts.fleets.find(),
        packages=packages,
    )


@router.get("/api")
def api(request: Request, desk: Desk) -> Response:
    document = request.app.openapi()
    shown = {"about": document["info"]["description"], "groups": api_document.groups(document)}
    return _show(request, desk, "api.html", **shown)
