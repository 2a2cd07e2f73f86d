"""The Developer Center on the desk: packages, plans, and who gets them when.

The core has no I/O, no threads and no time of its own, and runs on CPython and on MicroPython:

    center = core.Center(now=epoch_ms)          # time is told: center.advance(ms); .next_due()
    session = session.Session(center, storage)  # one for each module: Module(clock, send, session)
    plan = center.add_plan(plan.Plan([plan.Component("MCU", "2_0_0", data)]))
    life_cycle.activate(center, plan)           # suspend, resume, terminate
    decide.decide(center, plan, device).rules   # who gets what, and why not: see Rule, Decision
    center.on_event = fn(kind, device, task, fields)

A device appears when its module connects: its product key is that of `productinfo`, its device key
the module's DK or IMEI. Its progress in a plan is a `registry.Task`, `plan.tasks[device.key]`.

`cloud.Cloud` is such a Center with one session, in the module's own clock: for the bench,
`qsota sim` and the campaigns.
"""
