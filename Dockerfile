FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/tuneboard
COPY requirements.lock .
RUN /opt/tuneboard/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/tuneboard/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data tuneboard \
    && install --directory --owner tuneboard /data
COPY --from=build /opt/tuneboard /opt/tuneboard
ENV PATH=/opt/tuneboard/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TUNEBOARD_DATA_DIR=/data \
    TUNEBOARD_HOST=0.0.0.0 \
    TUNEBOARD_PORT=8000
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"TUNEBOARD_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["tuneboard"]
CMD ["serve"]
