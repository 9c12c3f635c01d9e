"""Schedules on the command line: drawn with Braille dots, put into words, written to files."""
