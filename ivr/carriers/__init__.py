"""Carriers: one wire protocol a file, text to typed message and back. No I/O, no clock, no log."""
