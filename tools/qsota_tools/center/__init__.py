"""The Developer Center on the desk: packages, plans, and who gets them when.

**The core** has no I/O, no threads and no time of its own. What devices see of it runs on
MicroPython, too:

    center = core.Center(now=epoch_ms)          # time is told: center.advance(ms); .next_due()
    cloud = session.Session(center, storage)    # one for each module: Module(clock, send, cloud)
    plan = center.add_plan(plan.Plan([plan.Component("MCU", "2_0_0", data)]))
    life_cycle.activate(center, plan)           # suspend, resume, terminate
    decide.decide(center, plan, device).rules   # who gets what, and why not: see Rule, Decision
    center.on_event = fn(kind, device, task, fields)

A device appears when its module connects: its product key is that of `productinfo`, its device key
the module's DK or IMEI. Its progress in a plan is a `registry.Task`, `plan.tasks[device.key]`.
Sums and lists: `monitoring`; dry run: `rehearsal`; forms with their checks: `plan_forms`, `texts`,
`component_forms`, `version_packages`, `catalogue`, `verification`, `retrying`, `app_side`.

`cloud.Cloud` is such a Center with one session, on the module's own clock: for the bench,
`qsota sim` and the campaigns.

**The service** puts threads, a database and a wall clock around it. All that its methods take and
return is JSON's: see `desk/` (one class per page) and `desk/views.py`.

    with service.Service("sqlite:///center.db", Path("files")) as center:
        center.products.create({"key": "p1", "name": "Diffuser"})
        file = center.packages.upload("app.bin", chunks)
        package = center.packages.create({...}, [file["sha256"]])
        center.packages.verify({"package": ..., "product": ..., "device": ..., "component": ...})
        plan = center.plans.create({...}); .edit .set_components .copy_components .set_text
        center.plans.rehearse(id); .activate .suspend .resume .terminate .delete .find .get
        center.devices.why_not(plan, product, key); .find .get .add .delete .give_up .log
        center.monitor.devices(plan, status=...); .counts .log .retry .retry_batch .push .export
        center.app.plans(product, key); .confirm .appoint .cancel .forget .auto_confirm .details
        center.clock.pause(); .run(speed) .jump_to_slot() .jump_to_window(plan) .jump(ms) .get()
        with center.subscribe() as events: events.get(timeout)
        RealTimeSim(connect=center.session, port="listen:5000")   # one more module

Bad input is a `complaints.BadInput`, a UserError: `complaints` with `field`, `code` and `facts`
for every field that is wrong; `complaints.SENTENCES` has the English texts. Rules that say no have
a code and facts as well; the text's key is "rule.<code>". Statuses: `statuses`.
"""
