"""What plans, devices and components can be; the names are those of the platform's pages."""

from qsota_tools.module import states

# A plan
SAVED = "saved"
ACTIVE = "active"  # to be upgraded: no device has confirmed yet
UPGRADING = "upgrading"
SUSPENDED = "suspended"
TERMINATED = "terminated"
ENDED = "ended"

# A device in a plan
NOT_UPGRADED = "not-upgraded"
IN_PROGRESS = "in-progress"
UPGRADED = "upgraded"
FAILED = "failed"
NOT_NEEDED = "not-needed"

DEVICE_STATUSES = (NOT_UPGRADED, IN_PROGRESS, UPGRADED, FAILED, NOT_NEEDED)

# Why a device failed, where the device itself did not say so
BY_DEVICE = "by-device"  # the module reported status 12
WRONG_VERSION = "wrong-version"  # it reported success, but not the target version
RETRIES = "retries"  # downloads failed more often than the strategy allows
PLAN_ENDED = "plan-ended"
PLAN_TERMINATED = "plan-terminated"
CANCELLED = "cancelled"  # by the user, in the app
GIVEN_UP = "given-up"  # by the operator
SILENT_TOO_LONG = "silent-too-long"
TIMED_OUT = "timed-out"  # a verification that took longer than its hour

# A component on a device, by the status that the module reports (0x0114)
NOT_RECEIVED = "plan-not-received"
COMPONENT_STATUSES = {
    states.REVICEPLAN: "plan-received",
    states.SUBMITOTA: "confirmed",
    states.REFUSEDOTA: "refused",
    states.DOWNLOADSTART: "waiting-to-download",
    states.DOWNLOADING: "downloading",
    states.DOWNLOADERROR: "download-failed",
    states.DOWNLOADSUCCESS: "downloaded",
    states.UPDATING: "upgrading",
    states.UPDATESUCCESS: "succeeded",
    states.UPDATEERROR: "failed",
}
RECEIVED = COMPONENT_STATUSES[states.REVICEPLAN]

# The app's deviceStatus and the steps of the bar on the device page
STEPS = ("start", "confirm", "download", "upgrade", "end")
STEP_OF = {
    NOT_RECEIVED: 0,
    RECEIVED: 0,
    "refused": 1,
    "confirmed": 1,
    "waiting-to-download": 2,
    "downloading": 2,
    "download-failed": 2,
    "downloaded": 2,
    "upgrading": 3,
    "succeeded": 4,
    "failed": 4,
    NOT_NEEDED: 4,
}
