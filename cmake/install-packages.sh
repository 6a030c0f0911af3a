#!/usr/bin/env bash
# Installs the Debian packages that are missing, and does nothing where none is.
#
#   cmake/install-packages.sh build|demo|test...
#
# build   what compiling takes; demo: a synthesiser, guitar sounds and a tube amplifier to learn; test: what the tests take
#
# Needs root or sudo only when a package is missing. Adds no package source. On a system without apt it names what
# the build needs and goes on: what CMake does not find there, it downloads.
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config libxsimd-dev libeigen3-dev nlohmann-json3-dev libcli11-dev
  libsndfile1-dev libebur128-dev libsamplerate0-dev libxxhash-dev juce-modules-source fonts-dejavu-core)
demo=(python3 sox fluidsynth fluid-soundfont-gm lilv-utils guitarix-lv2)
test=(catch2 python3)
# Wanted, but not every release has them: the tests that need them are skipped, and say so, where they are missing.
optional_test=(clang-format-14 clang-22 libclang-rt-22-dev llvm-22 ardour xvfb xauth xdotool)

wanted=() optional=()
for set; do
  case $set in
    build) wanted+=("${build[@]}") ;;
    demo) wanted+=("${demo[@]}") ;;
    test) wanted+=("${test[@]}") optional+=("${optional_test[@]}") ;;
    *) sed -n '2,9p' "$0"; exit 2 ;;
  esac
done

if ! command -v apt-get >/dev/null; then
  echo "No apt here. If something is missing below, install what these Debian packages hold: ${wanted[*]}"
  exit 0
fi

# Prints those of its arguments that are not installed.
missing() {
  local name
  for name; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

mapfile -t lacking < <(missing "${wanted[@]}")
mapfile -t lacking_optional < <([ ${#optional[@]} = 0 ] || missing "${optional[@]}")
[ $((${#lacking[@]} + ${#lacking_optional[@]})) -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    [ ${#lacking[@]} -gt 0 ] || exit 0
    echo "These packages are missing: ${lacking[*]}" >&2
    echo "There is no sudo here. As root, run: apt-get install ${lacking[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" </dev/null >"$log" 2>&1 && return
  echo "apt-get $1 failed:" >&2
  tail -n 15 "$log" >&2
  return 1
}

# sudo may ask for a password: now, on the terminal, and not with its question hidden in the log.
if [ ${#as_root[@]} -gt 0 ] && ! sudo -v; then
  echo "sudo did not let us install: ${lacking[*]} ${lacking_optional[*]}" >&2
  [ ${#lacking[@]} = 0 ]
  exit
fi
apt update || echo 'Going on with the package lists that are there.' >&2

if [ ${#lacking[@]} -gt 0 ]; then
  echo "Installing ${lacking[*]}"
  apt install -y --no-install-recommends "${lacking[@]}"
fi
available=()
for name in "${lacking_optional[@]}"; do
  if apt-cache show "$name" >/dev/null 2>&1; then available+=("$name"); else echo "This release has no $name: what needs it is skipped."; fi
done
if [ ${#available[@]} -gt 0 ]; then
  echo "Installing ${available[*]}"
  apt install -y --no-install-recommends "${available[@]}" || echo 'Going on without them: the tests that need them are skipped.' >&2
fi
