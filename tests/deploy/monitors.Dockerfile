# Stand-ins for the images of Prometheus and Alertmanager that compose.yaml
# names, from Debian's packages of the same versions, for engines that reach no
# registry.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS packages
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
       prometheus prometheus-alertmanager \
    && apt-get clean && rm -rf /var/lib/apt/lists/*

FROM packages AS prometheus
RUN mkdir -p /prometheus && chown nobody:nogroup /prometheus
USER nobody
ENTRYPOINT ["prometheus"]

FROM packages AS alertmanager
RUN mkdir -p /alertmanager && chown nobody:nogroup /alertmanager
USER nobody
ENTRYPOINT ["prometheus-alertmanager"]
