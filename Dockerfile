# The service alone: the database is AIM_DATABASE_URL's (see compose.yaml). Runs as a user without rights.
FROM node:24-slim AS web
WORKDIR /build
COPY web/ web/
RUN cd web && npm ci && npm run build

FROM python:3.11-slim
RUN useradd --system --create-home --home-dir /var/lib/aim aim
WORKDIR /srv/aim
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY aim/ aim/
COPY migrations/ migrations/
COPY data/samples/ data/samples/
COPY --from=web /build/aim/api/static/ aim/api/static/
RUN pip install --no-cache-dir --constraint constraints.txt --editable .
USER aim
ENV AIM_HOST=0.0.0.0 AIM_HOME=/var/lib/aim
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=3)"]
CMD ["aim", "serve"]
