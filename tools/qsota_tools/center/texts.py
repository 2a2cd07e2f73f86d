"""Upgrade texts of plans that users confirm: the app shows them (6.6)."""

from qsota_tools.center.checks import Form
from qsota_tools.center.complaints import refuse
from qsota_tools.center.plan import MANUAL
from qsota_tools.center.statuses import ENDED, TERMINATED

MANDATORY = ("zh", "en")  # the stricter rule of the two known ones
LANGUAGES = MANDATORY + ("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr")
TEXT_MAX = 200


def set_text(center, plan, language, text):
    """Add or change; also in an active plan, but not in one that is over."""
    _check(plan)
    form = Form({"language": language, "text": text})
    form.choice("language", LANGUAGES)
    text = form.text("text", TEXT_MAX)
    form.done()
    plan.texts[language] = text
    center.touch(plan)


def delete_text(center, plan, language):
    _check(plan)
    if language not in plan.texts:
        raise refuse("language", "unknown", value=language)
    if language in MANDATORY:
        raise refuse("language", "text-mandatory")
    del plan.texts[language]
    center.touch(plan)


def _check(plan):
    if plan.mode != MANUAL:
        raise refuse("texts", "manual-only")
    if plan.status in (TERMINATED, ENDED):
        raise refuse("status", "not-in-status", status=plan.status)
