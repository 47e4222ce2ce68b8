# One image for web, worker and beat: `docker run zdsync worker`. Nothing is written anywhere. Mount the folder that
# `zdsync init` has made at /config: what the image holds there has no `live_since`, so nothing would start.
FROM python:3.12-slim AS build
WORKDIR /src
COPY constraints.txt ./
RUN python -m venv /opt/zdsync \
    && /opt/zdsync/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r constraints.txt
COPY pyproject.toml README.md .env.example ./
COPY zdsync zdsync
COPY tasks tasks
COPY config config
RUN /opt/zdsync/bin/pip install --no-cache-dir 'setuptools>=77' \
    && /opt/zdsync/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/zdsync/bin/pip uninstall --yes --quiet pip

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin zdsync
COPY --from=build /opt/zdsync /opt/zdsync
COPY config /config
ENV PATH=/opt/zdsync/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ZDSYNC_CONFIG=/config \
    ZDSYNC_LOG=json \
    ZDSYNC_PUBLIC_BIND=0.0.0.0:8080 \
    ZDSYNC_PRIVATE_BIND=0.0.0.0:8081
USER zdsync
WORKDIR /home/zdsync
EXPOSE 8080 8081
ENTRYPOINT ["zdsync"]
CMD ["worker"]
