#!/usr/bin/env bash
# Sourced: find_buf prints the path of buf, installed from npm on first use.
BUF_VERSION=1.75.0

find_buf() {
  local home=build/tools
  if [ ! -x "$home/node_modules/.bin/buf" ]; then
    command -v npm >/dev/null || return 1
    mkdir -p "$home"
    npm install --prefix "$home" --no-audit --no-fund --silent \
      "@bufbuild/buf@$BUF_VERSION" >/dev/null 2>&1 || return 1
  fi
  "$home/node_modules/.bin/buf" --version >/dev/null 2>&1 || return 1
  echo "$PWD/$home/node_modules/.bin/buf"
}
