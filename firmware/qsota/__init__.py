# Firmware updates through a Quectel module's UART. Import the parts by name:
# `from qsota.device import Device` is what an application needs (docs/api.md).
