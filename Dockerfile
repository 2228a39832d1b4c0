# The dashboard in a container: torch for processors alone, a user without rights, saved runs in the volume /data.
#
#   docker build -t plasticity .
#   docker run --init -p 8501:8501 -v plasticity:/data plasticity
#
# docs/deploy.md says more, also what of this was tried.

# The version that the tests run with.
ARG PYTHON=3.11
FROM python:${PYTHON}-slim

# Some hosts run containers as user 1000.
RUN useradd --create-home --uid 1000 plasticity && install --directory --owner=plasticity /data

WORKDIR /srv/plasticity
COPY app/requirements.txt app/
RUN pip install --no-cache-dir --disable-pip-version-check -r app/requirements.txt

COPY LICENSE ./
COPY app app
COPY ipcore ipcore
COPY pages pages
# Root owns the files, so the server, which could not, finds its bytecode and what browsers load made.
RUN python -m compileall -q app ipcore pages && python -m app.ui.served

ENV PORT=8501 IPCORE_STORE_DIR=/data IPCORE_DATA_DIR=/data/datasets
VOLUME /data
USER plasticity
EXPOSE 8501
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health', timeout=8)"]
CMD ["sh", "-c", "exec python -m streamlit run app/main.py --server.port $PORT --server.address 0.0.0.0"]
