"""Templates: escaped, in the reader's language, with times that the page's script makes local."""

from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup, escape

from qsota_tools.center import zones
from qsota_tools.center.statuses import DEVICE_STATUSES, STEPS
from qsota_tools.console.console import HERE
from qsota_tools.console.words import LANGUAGES, Words, language_of, utc


def moment(ms: int | None) -> Markup:
    """A time; the page's script shows it in the reader's zone."""
    if ms is None:
        return Markup("–")
    return Markup('<time data-ms="{}">{}</time>').format(ms, utc(ms))


def bytes_text(size: int) -> str:
    return f"{size:,} B" if size < 10240 else f"{size / 1024:,.1f} kB"


_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {"moment": moment, "bytes": bytes_text}
_environment.globals |= {
    "in_zone": zones.to_text,
    "statuses": DEVICE_STATUSES,
    "steps": STEPS,
    "languages": LANGUAGES,
    "escape": escape,
}


def render(request: Request, name: str, status: int = 200, **values: Any) -> Response:
    words = Words(language_of(request))
    page = _environment.get_template(name).render(
        t=words,
        lang=words.language,
        request=request,
        path=request.url.path,
        **values,
    )
    # Names from devices may have what UTF-8 cannot hold.
    content = page.encode("utf-8", "replace")
    return Response(content, status, media_type="text/html; charset=utf-8")
