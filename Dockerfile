# Tranche in one image, whose roles container-entry starts: docs/containers.md
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
# Extras of pyproject.toml, with commas between: mail,exports
ARG EXTRAS=""
WORKDIR /app
COPY . .
# The key is for this command alone; bin/prepare writes none where one is set in .env.
RUN echo "SECRET_KEY=for-building-only" >.env \
    && PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 bin/prepare $(echo "$EXTRAS" | tr , ' ') \
    && rm -rf .env .venv/lib/python*/site-packages/pip \
    && .venv/bin/python -m compileall -q -j 0 . \
    && chmod -R a+rX .

FROM ${BASE}
ARG VERSION=""
ARG REVISION=""
LABEL org.opencontainers.image.title="Tranche" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.licenses="MIT"
COPY --from=build /app /app
RUN ln -s /app/deploy/container/container-entry /app/deploy/container/container-health /usr/local/bin/ \
    && mkdir /data && chown 10001:10001 /data
WORKDIR /app
ENV REVISION=${REVISION} DATA_DIR=/data HOME=/tmp PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=90s CMD ["container-health"]
ENTRYPOINT ["container-entry"]
