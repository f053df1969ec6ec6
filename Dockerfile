# syntax=docker/dockerfile:1
# Both programs in an image without a shell or a package manager. docs/deploy/docker.md says how to build and run it.

FROM rust:1.95.0-bookworm AS build
# Without it rustup would follow rust-toolchain.toml and fetch components that a build has no use for.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
COPY . .
# `--build-arg FEATURES=api/otlp` for traces.
ARG FEATURES=
# SQLite, libpq, OpenSSL and the time zones are compiled in. A panic names its line without the line tables, too.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --bin api --bin reset-worker --features "$FEATURES" \
    && install -D -t /out/bin target/release/api target/release/reset-worker \
    && strip --strip-debug /out/bin/api /out/bin/reset-worker \
    && install -d /out/data

# The C library, libgcc, the certificates of the web's authorities and a user without rights: nothing else.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Frontdesk" \
      org.opencontainers.image.description="The backend of chat widgets: answers from a knowledge base and language models" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/bin/api /out/bin/reset-worker /usr/local/bin/
# Where SQLite's file goes when no DATABASE_URL is given.
COPY --from=build --chown=65532:65532 /out/data /data
WORKDIR /data
USER 65532:65532
ENV HOST=0.0.0.0 \
    PORT=8080
EXPOSE 8080
# Whether the process lives: a database that is away is no reason to restart it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/usr/local/bin/api", "health", "--live"]
CMD ["/usr/local/bin/api", "serve"]
