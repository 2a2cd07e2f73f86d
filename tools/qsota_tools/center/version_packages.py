"""Version packages: what is uploaded once and used by plans (6.2)."""

from qsota_tools.center.checks import VERSION_MAX, Form, found, unique
from qsota_tools.center.complaints import refuse
from qsota_tools.center.plan import MCU, MODULE

FILE_TYPES = (
    ".bin .zip .rar .pack .mini_1 .mini_2 .py .tar .tar.gz .s19 .bin_1 .bin_2".split()  # 6.1
)
FILE_MAX = 100 << 20  # bytes
FILES_MAX = 5
REMARKS_MAX = 200
KINDS = {"module": MODULE, "mcu": MCU}


class VersionPackage:
    """kind: MODULE or MCU; delta: needs the source version; files: a list of File."""

    def __init__(self, id, name, kind, delta, target, source, files, remarks="", uploader=""):
        self.id = id
        self.name = name
        self.kind = kind
        self.delta = delta
        self.target = target
        self.source = source
        self.files = files
        self.remarks = remarks
        self.uploader = uploader
        self.verified = False
        self.created = self.updated = None

    @property
    def size(self):
        return sum([file.size for file in self.files])


def create_package(center, fields, files, uploader=""):
    """fields: name, component_type ("module" or "mcu"), package_type ("full" or "delta"),
    target_version, source_version (delta only), remarks; files: Files that are stored already."""
    form = Form(fields)
    name = form.text("name")
    unique(form, "name", name, center.packages.values())
    kind = form.choice("component_type", tuple(KINDS))
    delta = form.choice("package_type", ("full", "delta")) == "delta"
    target = form.word("target_version", VERSION_MAX)
    source = form.word("source_version", VERSION_MAX, "")
    remarks = form.text("remarks", REMARKS_MAX, "")
    if delta and not source:
        form.wrong("source_version", "required")
    if source and not delta:
        form.wrong("source_version", "delta-only")
    if delta and source and source == target:
        form.wrong("source_version", "same-version", value=source)
    _check_files(form, files, kind)
    form.done()
    package = VersionPackage(
        center.new_id(), name, KINDS[kind], delta, target, source, list(files), remarks, uploader
    )
    package.created = package.updated = center.now
    center.packages[package.id] = package
    center.touch(package)
    return package


def edit_package(center, id, fields):
    """Only the remarks; what devices are told is fixed with the upload."""
    form = Form(fields)
    package = found(form, "package", id, center.packages)
    remarks = form.text("remarks", REMARKS_MAX, "")
    fixed = ("name", "component_type", "package_type", "target_version", "source_version")
    for field in fixed:
        if field in form:
            form.drop(field)
            form.wrong(field, "fixed")
    form.done()
    package.remarks = remarks
    package.updated = center.now
    center.touch(package)
    return package


def delete_package(center, id):
    """Only one that no plan has; its verifications go with it."""
    known_package(center, id)
    verifications = []
    for plan in list(center.plans.values()):
        if plan.verifies == id and plan not in center.live:
            verifications.append(plan)
        elif any(component.package == id for component in plan.components):
            raise refuse("package", "in-use", user=plan.name)
    for plan in verifications:
        for task in plan.tasks.values():
            center.remove(task)
        center.remove(center.plans.pop(plan.id))
    center.remove(center.packages.pop(id))


def known_package(center, id):
    """The VersionPackage; BadInput if there is none."""
    if id not in center.packages:
        raise refuse("package", "unknown", value=id)
    return center.packages[id]


def allowed_type(name):
    """Whether the platform takes a file of that name."""
    return any(name.lower().endswith(end) and len(name) > len(end) for end in FILE_TYPES)


def check_file_name(name):
    """BadInput unless the platform takes files of that type."""
    if not allowed_type(name):
        raise refuse("files", "file-type", choices=" ".join(FILE_TYPES))


def _check_files(form, files, kind):
    if not files:
        form.wrong("files", "file-missing")
    if len(files) > FILES_MAX:
        form.wrong("files", "too-many", limit=FILES_MAX)
    if kind == "mcu" and len(files) > 1:
        form.wrong("files", "one-file")
    for file in files:
        if not allowed_type(file.name):
            form.wrong("files", "file-type", choices=" ".join(FILE_TYPES))
        if file.size == 0:
            form.wrong("files", "file-empty", value=file.name)
        if file.size > FILE_MAX:
            form.wrong("files", "file-too-large", limit=FILE_MAX)
