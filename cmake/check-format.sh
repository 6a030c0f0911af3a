#!/usr/bin/env bash
# Fails where a source file is not formatted as .clang-format says. Version 14 alone decides: others break lines
# elsewhere. Status 77, skipped, where it is not installed or this is no git checkout.
#
#   cmake/check-format.sh [--fix]
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(command -v clang-format-14) || { echo 'Skipped: clang-format-14 is not installed.'; exit 77; }
git rev-parse --git-dir >/dev/null 2>&1 || { echo 'Skipped: not a git checkout, so the list of sources is unknown.'; exit 77; }
if [ "${1:-}" = --fix ]; then action=(-i); else action=(--dry-run -Werror); fi
git ls-files -z '*.h' '*.cpp' | xargs -0 -r "$program" "${action[@]}"
