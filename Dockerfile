# One image for every process; deploy/compose.yaml says which command each of them runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/plimsoll
COPY requirements/base.txt requirements/base.txt
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --home-dir /srv/plimsoll plimsoll
WORKDIR /srv/plimsoll
COPY --from=build /srv/plimsoll/.venv .venv
COPY manage.py ./
COPY config config
COPY accounts accounts
COPY markets markets
COPY portfolios portfolios
COPY risk risk
COPY alerts alerts
COPY templates templates
COPY static static
ENV PATH=/srv/plimsoll/.venv/bin:$PATH PYTHONUNBUFFERED=1 OPENBLAS_NUM_THREADS=1 NUMBA_CACHE_DIR=/tmp/numba \
    DJANGO_SETTINGS_MODULE=config.settings
# Collecting needs settings, not servers: the addresses and the key exist for this one command.
RUN DATABASE_URL=postgres://build@localhost/build REDIS_URL=redis://localhost SECRET_KEY=build \
    ENCRYPTION_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    python manage.py collectstatic --noinput
USER plimsoll
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "1", "config.wsgi:application"]
