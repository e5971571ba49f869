# Two images from the two environments. `docker compose build` makes both; docs/deploy.md.
#   main   gateway and action server, with the index of the passages
#   rasa   Rasa, with the trained model

FROM python:3.11.13-slim-bookworm AS main
WORKDIR /plainscan
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp PYTHONPATH=/plainscan PIP_NO_CACHE_DIR=1
COPY requirements requirements
# The CPU build of torch stands on an index of its own: --build-arg PIP_EXTRA_INDEX_URL=…
ARG PIP_EXTRA_INDEX_URL
RUN pip install --no-deps --require-hashes -r requirements/hashes/main.txt && pip install -r requirements/main.txt
COPY actions actions
COPY bot bot
COPY knowledge knowledge
RUN python -m knowledge build && python -m knowledge export-encoder models/encoder \
    && python -m knowledge export-danger-reader models/danger_reader
USER 10001:10001

FROM python:3.10.18-slim-bookworm AS rasa
WORKDIR /plainscan
ENV PYTHONUNBUFFERED=1 HOME=/tmp PYTHONPATH=/plainscan PIP_NO_CACHE_DIR=1 RASA_TELEMETRY_ENABLED=false ORT_DISABLE_TELEMETRY=1 \
    SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=2 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
COPY requirements requirements
RUN pip install "setuptools<70" wheel \
    && pip install --no-deps --require-hashes -r requirements/hashes/rasa.txt && pip install -r requirements/rasa.txt
COPY config.yml .
COPY data data
COPY bot bot
COPY knowledge knowledge
COPY --from=main /plainscan/models/encoder models/encoder
RUN rasa train --config config.yml --domain bot/domain --data data --out models/rasa --fixed-model-name plainscan \
    && rm -rf .rasa /tmp/*
USER 10001:10001
