# The server as a container: docker build -t websocket-server:0.1.0 .
# tests/chroot/dockerfile.py carries these steps out in folders of their own, without a container engine.

FROM debian:bookworm-slim AS build
WORKDIR /src
# What building needs is said once, for people's machines too.
COPY tools/setup.sh tools/
RUN ["bash", "-c", "source tools/setup.sh && need_packages $BUILD_PACKAGES"]
COPY . .
RUN cmake --preset release \
    && cmake --build --preset release \
    && cmake --install build/release --prefix /out --strip

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="Real-time rooms over WebSocket: chat, live and game" \
      org.opencontainers.image.licenses="MIT"
# One line for each library that the program names, and the certificates of authorities for databases over TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates \
        libbson-1.0-0 \
        libcjson1 \
        libh2o-evloop0.13 \
        libhiredis0.14 \
        libjansson4 \
        libjwt0 \
        libmongoc-1.0-0 \
        libsqlite3-0 \
        libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 700 /data
COPY --from=build /out/bin/ /usr/local/bin/
COPY LICENSE /usr/share/doc/parley/
ENV SERVER_HOST=0.0.0.0 \
    DATA_DIR=/data
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080/tcp 3001/tcp 10000/udp
STOPSIGNAL SIGTERM
# Whether it serves, not whether it takes more clients: a full server is no reason to restart it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["parley-probe"]
ENTRYPOINT ["parley"]
