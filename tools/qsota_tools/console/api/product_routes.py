"""Products."""

from typing import Any

from fastapi import APIRouter

from qsota_tools.console.api.parts import ERRORS, Desk, Fields, ProductKey

router = APIRouter(tags=["products"], responses=ERRORS)


@router.get("/products")
def list_products(desk: Desk) -> list[dict[str, Any]]:
    return desk.products.find()


@router.post("/products", status_code=201)
def create_product(desk: Desk, fields: Fields) -> dict[str, Any]:
    """key: at most 32 letters, digits, _ - .; name: unique, at most 100 characters."""
    return desk.products.create(fields)


@router.get("/product")
def get_product(desk: Desk, product: ProductKey) -> dict[str, Any]:
    return desk.products.get(product)


@router.patch("/product")
def rename_product(desk: Desk, product: ProductKey, fields: Fields) -> dict[str, Any]:
    """name"""
    return desk.products.rename(product, fields)


@router.delete("/product", status_code=204)
def delete_product(desk: Desk, product: ProductKey) -> None:
    """Only one without devices and plans."""
    desk.products.delete(product)
