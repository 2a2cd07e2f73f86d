"""STM32F411 (RM0383, DS10314): an F4 with less of everything."""

from qsota_tools.emulated.stm32.f405 import F4
from qsota_tools.emulated.stm32.flash_layout import LAYOUTS


class F411(F4):
    inside = LAYOUTS["F411"]
    memories = ((0x20000000, 0x20000),)
    ports = "ABCDEH"
    id_code, serial = 0x10006431, b"emulatedF411"
    usart_places = {1: (0x40011000, 37), 2: (0x40004400, 38), 6: (0x40011400, 71)}
    usb_places = (0x50000000,)
