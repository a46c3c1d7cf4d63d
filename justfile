# The menu of commands. Each is one line that CI and the pre-commit hook run too.

# List the commands
default:
    @just --list

# The main job on the made-up samples, then the map on http://127.0.0.1:8000
demo *args:
    script/demo {{args}}

# Every check and every test
test *args:
    script/test {{args}}

# Style, types, direction of imports
check:
    script/check

# Put the code into the project's style
format:
    .venv/bin/ruff format . && .venv/bin/ruff check --fix .

# Make the samples again, to the same bytes
samples:
    .venv/bin/python data/samples/generate.py

# Write the reference pages from the code
docs:
    .venv/bin/python docs/generate.py && .venv/bin/python -m docs.methods

# Build the map and the pages
web:
    script/web

# Ingest beside ogr2ogr and PostgreSQL's ceiling
bench-ingest:
    .venv/bin/python benchmarks/ingest.py

# Gi* beside esda
bench-gi-star:
    .venv/bin/python benchmarks/gi_star.py

# Gi* by permutation beside esda
bench-permutations:
    .venv/bin/python benchmarks/permutations.py

# Gi* of every 28-day period beside R's spdep
bench-periods:
    .venv/bin/python benchmarks/periods.py

# Pages, boxes, filters and tiles beside tipg and pygeoapi
bench-serving *args:
    .venv/bin/python -m benchmarks.serving {{args}}

# Memory of a serving process with 50 layers of 50,000 cells
bench-memory *args:
    .venv/bin/python -m benchmarks.memory {{args}}

# The forecast's accuracy beside simple rankings, then its time and memory
bench-forecast:
    .venv/bin/python benchmarks/forecast.py
    .venv/bin/python benchmarks/forecast_scale.py

# Hundreds of requests to each operation of the API, made from its description
fuzz-api *args:
    .venv/bin/python -m benchmarks.schemathesis {{args}}

# 500 clients for a minute while runs publish
chaos-crowd *args:
    .venv/bin/python -m benchmarks.chaos.crowd {{args}}

# The database killed under load, and started again
chaos-database *args:
    .venv/bin/python -m benchmarks.chaos.database {{args}}

# The disk full while a run publishes (as root)
chaos-disk:
    .venv/bin/python -m benchmarks.chaos.disk

# The clock set on and back under everything (needs libfaketime)
chaos-clock:
    .venv/bin/python -m benchmarks.chaos.clock
