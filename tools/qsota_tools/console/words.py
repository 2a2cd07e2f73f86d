"""Every text of the console, in Chinese and in English, from one catalogue: messages.json."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request

from qsota_tools.center.complaints import Complaint

LANGUAGES = {"en": "English", "zh": "中文"}
COOKIE = "qsota_lang"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """key -> language -> text."""
    return json.loads((Path(__file__).parent / "messages.json").read_text(encoding="utf-8"))


def language_of(request: Request) -> str:
    """What was chosen on a page, else the first that the browser asks for and is there."""
    if request.cookies.get(COOKIE) in LANGUAGES:
        return request.cookies[COOKIE]
    for part in request.headers.get("accept-language", "").split(","):
        wanted = part.split(";")[0].strip()[:2].lower()
        if wanted in LANGUAGES:
            return wanted
    return "en"


class Words:
    """The texts in one language."""

    def __init__(self, language: str):
        self.language = language

    def __call__(self, key: str, **facts: Any) -> str:
        text = catalogue()[key][self.language]
        return text.format(**facts) if facts else text

    def optional(self, prefix: str, name: str) -> str:
        """The text of prefix.name; the name where there is none."""
        entry = catalogue().get(f"{prefix}.{name}")
        return entry[self.language] if entry else name

    def complaint(self, complaint: Complaint) -> str:
        return self("complaint." + complaint.code, **complaint.facts)

    def rule(self, rule: dict[str, Any]) -> str:
        """A row of the "why not?" view, with what it depends on."""
        return self.optional("rule", rule["code"]) + _facts(self, rule["facts"])


def _facts(words: Words, facts: dict[str, Any]) -> str:
    shown = []
    for name, value in facts.items():
        if name == "components":
            shown += [f"{c[0]} {c[2] or '–'}: {words.optional('standing', c[1])}" for c in value]
        elif name in ("start", "end", "slot", "until"):
            if value is not None:
                shown.append(f"{words.optional('fact', name)} {utc(value)}")
        elif value not in (None, ""):
            shown.append(f"{words.optional('fact', name)} {words.optional('status', str(value))}")
    return f" ({', '.join(shown)})" if shown else ""


def utc(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
