# The service alone: the database is AIM_DATABASE_URL's (see compose.yaml). Runs as a user without rights, and needs to
# write nowhere but in /var/lib/aim and /tmp.
FROM node:24-bookworm-slim AS web
WORKDIR /build
COPY web/ web/
RUN cd web && npm ci --ignore-scripts && npm run build

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 990 --create-home --home-dir /var/lib/aim --shell /usr/sbin/nologin aim
WORKDIR /srv/aim
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY aim/ aim/
COPY migrations/ migrations/
COPY data/samples/ data/samples/
COPY --from=web /build/aim/api/static/ aim/api/static/
RUN pip install --no-cache-dir --constraint constraints.txt --editable .
USER aim
ENV AIM_HOST=0.0.0.0 AIM_HOME=/var/lib/aim PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8000
STOPSIGNAL SIGINT
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=3)"]
CMD ["aim", "serve"]
