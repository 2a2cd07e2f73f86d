"""What can be shown of a board: the claims of the files of evidence, in words."""

CLAIMS = {
    "provision": "A blank board is provisioned over its REPL and holds what it was given",
    "start": "The application runs and speaks to its module",
    "upgrade-plain": "Upgrade by a signed plain package: 10705, the new version confirmed",
    "upgrade-deflate": "Upgrade by a deflate package: 10705, the new version confirmed",
    "upgrade-delta": "Upgrade by a signed delta: 10705, the new version confirmed",
    "refuse-unsigned": "A package without a signature: 10706, the old version runs",
    "revert": "A version that fails its trial: 10706, the old version runs",
    "resets": "Resets at random moments of upgrades: finished or given up, never wrong",
    "power-cuts": "Power cuts at random moments of upgrades: likewise",
    "cuts": "Power cuts inside flash operations of an upgrade: likewise",
    "root-untouched": "Loader and library are byte for byte as provisioned after all of that",
}
