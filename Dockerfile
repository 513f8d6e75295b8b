# The demo in a box. Everything is installed when the image is built; running it needs no network:
#
#   docker build -t nlpref .
#   docker run --rm --network none -v "$PWD/reports:/home/nlpref/app/reports" nlpref
#
# CPU only, without the CUDA libraries:
#   docker build --build-arg TORCH_FROM="--index-url https://download.pytorch.org/whl/cpu" -t nlpref .
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends make libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home nlpref

USER nlpref
WORKDIR /home/nlpref/app

# The environment first: it changes seldom, and is kept when only the source changes.
ARG TORCH_FROM=""
COPY --chown=nlpref Makefile pyproject.toml constraints.txt README.md LICENSE ./
COPY --chown=nlpref src/nlpref/__init__.py src/nlpref/__init__.py
COPY --chown=nlpref configs configs
RUN make install TORCH_FROM="$TORCH_FROM"

COPY --chown=nlpref . .
RUN mkdir -p reports runs && make install TORCH_FROM="$TORCH_FROM"

CMD ["make", "demo"]
