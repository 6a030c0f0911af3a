#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test: the tests themselves, and again under AddressSanitizer with
# UndefinedBehaviorSanitizer and (the real-time core) under RealtimeSanitizer.
#
#   cmake/run-tests.sh [ctest arguments...]
set -euo pipefail
cd "$(dirname "$0")/.."

cmake/install-packages.sh build test
cmake --preset ci
cmake --build --preset ci
exec ctest --preset ci "$@"
