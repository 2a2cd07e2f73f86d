"""Published MicroPython images by name; the site is a stand-in."""

import hashlib
import io

import pytest

from qsota_tools.common.errors import UserError
from qsota_tools.emulated import images

NAME = "RPI_PICO-20990101-v9.9.9.uf2"
DATA = b"UF2\n" * 128


@pytest.fixture
def site(monkeypatch):
    """What the site answers with; its addresses are counted."""
    asked = []

    def urlopen(url, timeout):
        asked.append(url)
        return io.BytesIO(site.data)

    def site():
        return asked

    site.data = DATA
    monkeypatch.setattr(images.urllib.request, "urlopen", urlopen)
    monkeypatch.setitem(images.PUBLISHED, NAME, hashlib.sha256(DATA).hexdigest())
    return site


def test_an_image_is_downloaded_once(site, tmp_path):
    for _ in range(2):
        path = images.find_image(tmp_path / NAME, tmp_path / "cache")
        assert path.read_bytes() == DATA
    assert site() == ["https://micropython.org/resources/firmware/" + NAME]


def test_an_image_that_was_changed_on_the_way_is_not_kept(site, tmp_path):
    site.data = DATA[:-1] + b"!"
    with pytest.raises(UserError, match="is not what was published"):
        images.find_image(tmp_path / NAME, tmp_path / "cache")
    assert not (tmp_path / "cache" / NAME).exists()


def test_an_image_that_was_changed_in_the_cache_is_refused(site, tmp_path):
    images.find_image(tmp_path / NAME, tmp_path / "cache").write_bytes(b"other")
    with pytest.raises(UserError, match="is not what was published"):
        images.find_image(tmp_path / NAME, tmp_path / "cache")


def test_a_file_of_the_users_own_is_taken_as_it_is(site, tmp_path):
    own = tmp_path / NAME
    own.write_bytes(b"own")
    assert images.find_image(own, tmp_path / "cache") == own and site() == []
    assert images.find_image(tmp_path / "none.uf2", tmp_path) == tmp_path / "none.uf2"


def test_a_site_that_does_not_answer_is_said(monkeypatch, tmp_path):
    def urlopen(url, timeout):
        raise OSError("no route to host")

    monkeypatch.setattr(images.urllib.request, "urlopen", urlopen)
    name = next(name for name in images.PUBLISHED if name != images.DEFAULT)
    with pytest.raises(UserError, match="cannot be had: no route to host"):
        images.find_image(tmp_path / name, tmp_path / "cache")
