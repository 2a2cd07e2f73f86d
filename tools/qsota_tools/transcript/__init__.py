"""Transcripts: what went over the wire between an MCU and a module, recorded, masked, replayed."""
