# One image for every role: the command says which (see docker-compose.yml).
FROM python:3.11-slim-bookworm AS build
RUN python -m venv /venv
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip /venv/bin/pip install --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BIND=0.0.0.0:8000 \
    STATIC_ROOT=/app/static \
    VAR_DIR=/var/lib/identity-server
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin identity \
    && install -d -o identity -m 0700 "$VAR_DIR"
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Compiled and collected here, so that the container needs to write nowhere but to VAR_DIR and /tmp.
# The build's own VAR_DIR is thrown away: it holds the secrets that an embedded server makes for itself.
RUN python -m compileall -q . /venv/lib \
    && VAR_DIR=/tmp/build python manage.py collectstatic --no-input \
    && rm -rf /tmp/build
USER 10001
# The second hashes passwords, where it is started: `manage.py up sign-in`.
EXPOSE 8000 8001
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["python", "manage.py", "up"]
