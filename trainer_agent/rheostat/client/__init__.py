"""A client of the server in Python, for notebooks and scripts: whatever the page can do. Needs httpx.

    from rheostat.client import Client

    with Client() as dashboard:
        for run in dashboard.runs():
            print(run["id"], run["state"])
        dashboard.command("my-run", "scale", factor=0.5, for_steps=200)

Answers are the JSON of the API, as dicts; docs/server.md and ``/openapi.json`` describe it.
"""

from rheostat.client.client import Client
from rheostat.client.reach import ClientError, find_server

__all__ = ["Client", "ClientError", "find_server"]
