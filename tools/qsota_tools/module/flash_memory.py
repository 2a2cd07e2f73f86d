"""What a module keeps over a restart (4.7), for a simulation that is itself restarted."""


def kept(module):
    """Its settings, versions and the state of its upgrade, as JSON can hold them."""
    ota = module.ota
    return {
        "ota": [ota.state, ota.component, ota.target, ota.kind, ota.saved_mode],
        "versions": [list(entry) for entry in module.versions.items()],
        "settings": module.config.values(),
        "reg": [module.link.mode, module.link.has_secret],
        "module_version": module.options.module_version,
    }


def recall(module, memory):
    """The module starts with what kept() told of the one before it."""
    ota = module.ota
    ota.state, ota.component, ota.target, ota.kind, ota.saved_mode = memory["ota"]
    for name, version in memory["versions"]:
        module.versions.set(name, version)
    module.config.restore(memory["settings"])
    module.link.mode, module.link.has_secret = memory["reg"]
    module.options.module_version = memory["module_version"]
    module.reboot()
