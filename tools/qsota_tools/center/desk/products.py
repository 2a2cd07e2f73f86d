"""The products page."""

from typing import TYPE_CHECKING

from qsota_tools.center import catalogue
from qsota_tools.center.desk import views
from qsota_tools.center.desk.views import View

if TYPE_CHECKING:
    from qsota_tools.center.service import Service


class Products:
    def __init__(self, service: "Service"):
        self._service = service

    def find(self) -> list[View]:
        with self._service.reading() as center:
            return [views.product(center, product) for product in center.products.values()]

    def get(self, key: str) -> View:
        with self._service.reading() as center:
            return views.product(center, catalogue.known_product(center, key))

    def create(self, fields: dict) -> View:
        """key, name: see catalogue.create_product. Not needed: a module registers its own."""
        with self._service.operation() as center:
            return views.product(center, catalogue.create_product(center, fields))

    def rename(self, key: str, fields: dict) -> View:
        with self._service.operation() as center:
            return views.product(center, catalogue.rename_product(center, key, fields))

    def delete(self, key: str) -> None:
        with self._service.operation() as center:
            catalogue.delete_product(center, key)
