"""What is wrong with an input: the field, and the reason in the platform's terms."""

from qsota_tools.common.errors import UserError

# code -> sentence; {names} are facts of the complaint
SENTENCES = {
    "required": "must be given",
    "too-long": "must not be longer than {limit} characters",
    "charset": "may only have {allowed}",
    "control-character": "must not have line breaks or other control characters",
    "wrong-type": "must be {wanted}",
    "not-one-of": "must be one of {choices}",
    "out-of-range": "must be from {low} to {high}",
    "duplicate": "is taken already: {value}",
    "unknown": "is not known: {value}",
    "unknown-field": "is no field of this form",
    "unknown-devices": "{count} devices are not known, the first of them: {first}",
    "wrong-product": "belongs to another product: {value}",
    "too-many": "must not be more than {limit}",
    "fixed": "cannot be changed any more",
    "in-use": "is in use by {user}",
    "not-in-status": "cannot be done while the status is {status}",
    "full-only": "is for full packages only",
    "delta-only": "is for delta packages only",
    "same-version": "source and target version are the same: {value}",
    "wrong-component-type": "the package is for another component type",
    "file-type": "must have one of the types {choices}",
    "file-empty": "is empty: {value}",
    "file-too-large": "must not be larger than {limit} bytes",
    "file-missing": "a file must be uploaded",
    "one-file": "a package for an MCU has exactly one file",
    "end-before-start": "must end after it starts",
    "already-over": "is over already",
    "shorter-than-an-hour": "must be at least one hour long",
    "whole-hours": "must begin and end at whole hours, from 0 to 24",
    "outside-plan": "must lie within the planned time",
    "unknown-zone": "is no time zone: {value}",
    "no-components": "there is no component to upgrade",
    "text-missing": "a plan that users confirm needs a text in {languages}",
    "text-mandatory": "a text in this language is mandatory",
    "manual-only": "is for plans that users confirm only",
    "already-verified": "is verified already",
    "verifying": "is being verified already",
    "not-failed": "the upgrade has not failed",
    "retry-in-app": "users retry plans that they confirm in their app",
    "plan-not-upgrading": "the plan is not upgrading",
    "plan-over": "the planned time is over",
    "wrong-version": "the device's version is not the one that the package is for",
    "running": "the upgrade is running and cannot be stopped",
    "not-running": "nothing is running",
    "not-offered": "the device cannot get this plan",
    "on-line": "is on-line",
    "newer": "was changed by a newer version of this program",
}


class Complaint:
    """field: its name in the form; code: see SENTENCES; facts: what the sentence names."""

    def __init__(self, field, code, **facts):
        self.field = field
        self.code = code
        self.facts = facts

    def __str__(self):
        return "%s: %s" % (self.field, SENTENCES[self.code].format(**self.facts))


class BadInput(UserError):
    """One or more complaints; `field` and `code` are those of the first."""

    def __init__(self, *complaints):
        super().__init__("; ".join([str(complaint) for complaint in complaints]))
        self.complaints = complaints

    @property
    def field(self):
        return self.complaints[0].field

    @property
    def code(self):
        return self.complaints[0].code


def refuse(field, code, **facts):
    """A BadInput with one complaint, to be raised."""
    return BadInput(Complaint(field, code, **facts))
