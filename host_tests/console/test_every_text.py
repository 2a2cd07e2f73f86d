"""The catalogue of texts: each in both languages, all that pages and complaints ask for."""

import re
import string

from qsota_tools.center.complaints import SENTENCES
from qsota_tools.center.push_rules import RULES
from qsota_tools.console.console import HERE
from qsota_tools.console.words import LANGUAGES, catalogue

TEMPLATES = "\n".join(path.read_text() for path in (HERE / "templates").glob("*.html"))


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_each_text_is_there_in_both_languages_with_the_same_facts():
    for key, texts in catalogue().items():
        assert set(texts) == set(LANGUAGES), key
        assert all(texts.values()), key
        assert places(texts["en"]) == places(texts["zh"]), key


def test_the_complaints_in_english_are_those_of_the_center():
    for code, sentence in SENTENCES.items():
        assert catalogue()["complaint." + code]["en"] == sentence


def test_each_rule_has_a_text():
    codes = {name.__name__.removeprefix("_").replace("_", "-") for name in RULES}
    assert {"rule." + code for code in codes} <= set(catalogue())


def test_each_text_that_a_page_asks_for_is_there():
    asked = set(re.findall(r'[( ]t\("([\w.-]+[\w-])"', TEMPLATES))
    assert len(asked) > 100
    assert asked <= set(catalogue())


def test_pages_have_no_text_of_their_own():
    bare = re.sub(r"{%.*?%}|{{.*?}}|<!--.*?-->", "", TEMPLATES, flags=re.S)
    words = re.findall(r">([^<>]*[A-Za-z]{3,}[^<>]*)<", bare)
    allowed = {"CSV", "JSON", "qsota", "openapi.json", "qsota center --help"}
    code = ("MD5", "SHA-256", "CRC", "UTC", "iii.")
    assert [w for w in words if w.strip() not in allowed and not w.strip().startswith(code)] == []
