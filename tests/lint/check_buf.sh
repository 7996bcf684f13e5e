#!/usr/bin/env bash
# buf lint (STANDARD), and buf breaking against the committed image of the
# contract.  Skipped, with the reason, where npm cannot provide buf.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/lint/buf_version.sh
source tests/lint/buf_version.sh

if ! buf=$(find_buf); then
  echo "buf: SKIPPED, npm cannot provide @bufbuild/buf $BUF_VERSION"
  exit 0
fi
"$buf" lint proto
"$buf" breaking proto --against tests/lint/contract.binpb
echo "buf: ok (lint, breaking)"
