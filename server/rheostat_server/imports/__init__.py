"""Logs of other tools read as runs: to compare with, and to fit schedules to."""
