"""Products and their devices: made by hand, where no module has registered them yet."""

from qsota_tools.center.checks import Form, found, unique
from qsota_tools.center.complaints import refuse
from qsota_tools.center.registry import RUNNING, Product

KEY_MAX = 32  # characters of a product key and of a device key (2.3)


def create_product(center, fields):
    """key: at most 32 letters, digits, _ - .; name: unique, at most 100."""
    form = Form(fields)
    key = form.word("key", KEY_MAX)
    name = form.text("name", default=key or "")
    if key in center.products:
        form.wrong("key", "duplicate", value=key)
    unique(form, "name", name, center.products.values())
    form.done()
    product = center.products[key] = Product(key, name, center.now)
    center.touch(product)
    return product


def rename_product(center, key, fields):
    form = Form(fields)
    product = found(form, "key", key, center.products)
    name = form.text("name")
    others = [other for other in center.products.values() if other is not product]
    unique(form, "name", name, others)
    form.done()
    product.name = name
    center.touch(product)
    return product


def delete_product(center, key):
    """Only one without devices and plans."""
    product = known_product(center, key)
    users = [plan.name for plan in center.plans.values() if plan.product == key]
    if product.devices:
        users.append("%d devices" % len(product.devices))
    if users:
        raise refuse("product", "in-use", user=users[0])
    del center.products[key]
    center.remove(product)


def add_devices(center, product, keys):
    """Make devices known that are to be in a list before they connect; those there are stay."""
    known_product(center, product)
    form = Form({"keys": keys})
    keys = form.words("keys", KEY_MAX, [])
    form.done()
    return [center.register(product, key) for key in keys or []]


def delete_device(center, product, key):
    """One that is off-line, in no list, and runs nothing."""
    device = known_device(center, product, key)
    if device.online:
        raise refuse("device", "on-line")
    if device.task and device.task.phase == RUNNING:
        raise refuse("device", "running")
    for plan in center.plans.values():
        if plan.product in (None, product):
            if key in plan.blacklist or plan.whitelist and key in plan.whitelist:
                raise refuse("device", "in-use", user=plan.name)
            if key in plan.tasks:
                raise refuse("device", "in-use", user=plan.name)
    del center.products[product].devices[key]
    center.remove(device)


def known_device(center, product, key, field="device"):
    """The Device; BadInput if there is none."""
    device = center.device(product, key)
    if device is None:
        raise refuse(field, "unknown", value=key)
    return device


def known_product(center, key):
    """The Product; BadInput if there is none."""
    if key not in center.products:
        raise refuse("product", "unknown", value=key)
    return center.products[key]
