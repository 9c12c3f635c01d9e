"""Alerts: rules over what is committed, what becomes of them, and where they are posted."""
