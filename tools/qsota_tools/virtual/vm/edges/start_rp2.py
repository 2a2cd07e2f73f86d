# What the firmware of the rp2 port does before and after boot.py.
import os

import vfs

import rp2
import supply

PATH = ["/lib"]


def mount_root():
    """What the stock `_boot.py` does: a storage that does not mount is formatted."""
    flash = rp2.Flash()
    try:
        root = vfs.VfsLfs2(flash, progsize=256)
    except OSError:
        vfs.VfsLfs2.mkfs(flash, progsize=256)
        root = vfs.VfsLfs2(flash, progsize=256)
    vfs.mount(root, "/")
    os.chdir("/")


def start_usb():
    supply.send("usb", mode="VCP")
