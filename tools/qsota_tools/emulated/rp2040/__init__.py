"""An RP2040 with what is soldered to it on a Pico."""
