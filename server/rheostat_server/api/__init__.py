"""The HTTP API under ``/api``: one module a noun."""
