# The line in a container: `docker compose -f infra/compose.yaml up`, or alone (infra/README.md).
# tests/test_install.py runs the steps of the build stage, so they work without Docker too.

FROM python:3.13-slim AS build
WORKDIR /src

RUN python -m venv --without-pip /opt/ivr

# First what changes seldom. Every file is checked against its hash; nothing is built with a tool
# that is not locked.
COPY requirements-build.lock requirements-prod.lock ./
RUN python -m pip --python /opt/ivr/bin/python install --no-compile --require-hashes -r requirements-build.lock
RUN /opt/ivr/bin/pip install --no-compile --require-hashes --no-deps --no-build-isolation -r requirements-prod.lock

COPY pyproject.toml README.md LICENSE THIRD_PARTY.md ./
COPY ivr ivr
RUN /opt/ivr/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /src/dist .
RUN /opt/ivr/bin/pip install --no-compile --no-deps --no-index --find-links /src/dist ivr

# A server builds and installs nothing.
RUN /opt/ivr/bin/pip uninstall --yes --quiet setuptools pip
# It runs; and what it imports is compiled now, not at every start (compiling all that was
# installed would add 75 MB).
RUN /opt/ivr/bin/ivr serve --help


FROM python:3.13-slim

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin ivr \
    && install -d -o ivr -g ivr /srv/ivr /var/lib/ivr
COPY --from=build /opt/ivr /opt/ivr
COPY flows /srv/ivr/flows

ENV PATH=/opt/ivr/bin:$PATH \
    IVR_ENV=production \
    IVR_STORE=/var/lib/ivr \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/ivr
USER ivr
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health', timeout=2)"]

# Settings come from the environment: IVR_PUBLIC_URL, TWILIO_AUTH_TOKEN, ELEVENLABS_API_KEY.
CMD ["ivr", "serve", "--host", "0.0.0.0", "--port", "8080"]
