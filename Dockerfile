# Stage 1 builds the wheel; the build hook brings Node from PyPI, so no Node image is needed.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE ./
COPY frontend frontend
COPY server server
COPY trainer_agent trainer_agent
RUN pip install --no-cache-dir "build==1.*" \
    && RHEOSTAT_FRONTEND=force python -m build --wheel --outdir /wheels

FROM python:3.13-slim
# server,scale for several servers on PostgreSQL and NATS.
ARG EXTRAS=server
RUN useradd --create-home --uid 7436 rheostat \
    && install --directory --owner=rheostat --group=rheostat --mode=0700 /data
COPY --from=build /wheels/*.whl /tmp/
# hadolint ignore=DL3013
RUN wheel="$(ls /tmp/rheostat-*.whl)" \
    && pip install --no-cache-dir "${wheel}[${EXTRAS}]" \
    && rm "$wheel"
USER 7436
# Inside a container the only way in is a published port; who may come is decided by tokens and by the Host list.
ENV RHEOSTAT_HOST=0.0.0.0 \
    RHEOSTAT_PORT=7436 \
    RHEOSTAT_DATA_DIR=/data
VOLUME /data
EXPOSE 7436
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7436/healthz', timeout=2)"]
CMD ["rheostat", "serve", "--no-open"]
