"""The packages page: upload, form, verification."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from qsota_tools.center import verification, version_packages
from qsota_tools.center.complaints import refuse
from qsota_tools.center.desk import views
from qsota_tools.center.desk.views import View

if TYPE_CHECKING:
    from qsota_tools.center.service import Service


class Packages:
    def __init__(self, service: "Service"):
        self._service = service

    def find(self, text: str = "", start: int = 0, limit: int = 50) -> View:
        with self._service.reading() as center:
            found = [p for p in center.packages.values() if text in p.name or text == p.target]
            return views.page(found, start, limit, lambda item: views.package(center, item))

    def get(self, id: int) -> View:
        with self._service.reading() as center:
            return views.package(center, version_packages.known_package(center, id))

    def upload(self, name: str, chunks: Iterable[bytes]) -> View:
        """Store a file: {name, size, md5, sha256, crc}. One piece is in memory at a time."""
        return views.file(self._service.files.receive(name, chunks))

    def path(self, sha256: str) -> Path:
        """Where an uploaded file is, to be inspected or downloaded."""
        path = self._service.files.path(sha256)
        if not sha256.isalnum() or not path.is_file():
            raise refuse("files", "unknown", value=sha256)
        return path

    def create(self, fields: dict, files: Iterable[str], uploader: str = "") -> View:
        """fields: see version_packages.create_package; files: the SHA-256 of uploaded files."""
        with self._service.operation() as center:
            known = {f.sha256: f for made in center.packages.values() for f in made.files}
            known |= self._service.files.uploads
            taken = []
            for sha256 in files:
                if sha256 not in known:
                    raise refuse("files", "unknown", value=sha256)
                taken.append(known[sha256])
            made = version_packages.create_package(center, fields, taken, uploader)
            view = views.package(center, made)
        for file in taken:
            self._service.files.uploads.pop(file.sha256, None)
        return view

    def edit(self, id: int, fields: dict) -> View:
        with self._service.operation() as center:
            return views.package(center, version_packages.edit_package(center, id, fields))

    def delete(self, id: int) -> None:
        with self._service.operation() as center:
            version_packages.delete_package(center, id)
            used = {f.sha256 for p in center.packages.values() for f in p.files}
        self._service.files.sweep(used)

    def verify(self, fields: dict) -> View:
        """fields: package, product, device, component."""
        with self._service.operation() as center:
            plan = verification.verify(center, fields)
            return views.verified(center, plan)
