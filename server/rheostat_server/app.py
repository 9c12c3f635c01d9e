"""The application: a factory, so that tests and the command line build it alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from rheostat import __version__
from rheostat_server import errors, pages
from rheostat_server.api import (
    actual,
    alerts,
    annotation,
    audit,
    commands,
    compare,
    export,
    health,
    imports,
    live,
    runs,
    schedules,
    session,
    shares,
    tokens,
)
from rheostat_server.auth.gate import Gate, Policy
from rheostat_server.dashboard import Dashboard
from rheostat_server.models import FromBrowser, Problem, ToBrowser
from rheostat_server.settings import Settings
from rheostat_server.store.database import StoreError

__all__ = ["create_app"]

_LIVE: dict[str, TypeAdapter[Any]] = {
    "FromBrowser": TypeAdapter(FromBrowser),
    "ToBrowser": TypeAdapter(ToBrowser),
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app. The store is opened here, so a folder that cannot be used is known before serving.

    Raises:
        StoreUnusableError: the data folder or its database cannot be used.
    """
    dashboard = Dashboard(settings or Settings())
    app = FastAPI(
        title="Rheostat",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.dashboard = dashboard
    nouns = (schedules, runs, imports, export, actual, compare, commands, annotation, shares)
    for module in (*nouns, alerts, session, tokens, audit, health, live, pages):
        app.include_router(module.router)
    errors.install(app)
    app.add_exception_handler(StoreError, _on_store_error)
    app.add_middleware(
        Gate,
        policy=lambda: _policy(dashboard),
        lost=lambda: pages.document(dashboard.settings.root_path, status=404),
    )
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    dashboard: Dashboard = app.state.dashboard
    dashboard.others.start()
    ticker = asyncio.create_task(dashboard.hub.run())
    dashboard.start(dashboard.look_after_tokens())
    dashboard.start(dashboard.alerts.run())
    if dashboard.settings.keep_archived_days:
        dashboard.start(dashboard.retain())
    try:
        yield
    finally:
        ticker.cancel()
        await asyncio.gather(ticker, return_exceptions=True)
        await asyncio.to_thread(dashboard.close)


async def _on_store_error(_: Request, error: Exception) -> Response:
    problem = Problem(code="store", message=str(error), suggestion="try again in a moment")
    return errors.error_response(503, problem, {"Retry-After": "2"})


def _policy(dashboard: Dashboard) -> Policy:
    settings = dashboard.settings
    names = {"localhost", "127.0.0.1", "::1", settings.host.lower(), *map(str.lower, settings.allowed_hosts)}
    return Policy(
        identify=lambda secret, via: dashboard.tokens.who(secret, via, dashboard.clock()),
        project_of=dashboard.project_of,
        recognise=dashboard.recognise if dashboard.settings.bus_url else None,
        cookie=dashboard.cookie,
        hosts=names,
        origins=settings.allowed_origins,
        any_address=not settings.loopback,
        root_path=settings.root_path,
    )


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document with the websocket's messages among the components, so that types can be made."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, adapter in _LIVE.items():
            schema = adapter.json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
            schemas.update(schema.pop("$defs", {}))
            schemas[name] = schema
        app.openapi_schema = document
    return app.openapi_schema
