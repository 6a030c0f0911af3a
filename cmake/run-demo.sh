#!/usr/bin/env bash
# From nothing to a model of a tube amplifier: installs what is missing, builds, records, trains, plays, compares.
#
#   cmake/run-demo.sh
#
# Everything it makes is in demo/, and it can be run again. The amplifier is GxRedeye Chump of the guitarix project,
# played by a synthesised guitar: software made by others stands for your own gear, so that no sound card is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

training_seconds=120 minutes=4 rate=48000
sounds=/usr/share/sounds/sf2/FluidR3_GM.sf2
amplifier='http://guitarix.sourceforge.net/plugins/gx_redeye#chump'

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

say '1. Install what is missing'
cmake/install-packages.sh build demo

say '2. Build'
cmake --preset release
cmake --build --preset release
continuo=build/release/models/command/continuo

say '3. Play guitar phrases into the amplifier and record what comes out'
mkdir -p demo
# record NAME PHRASES...: demo/NAME_dry.wav, what went into the amplifier, and demo/NAME_wet.wav, what came out.
record() {
  local name=demo/$1
  shift
  cmake/guitar_phrases.py "$name.mid" "$@"
  fluidsynth -ni -q -R 0 -C 0 -g 0.6 -r "$rate" -O float -T wav -F "${name}_stereo.wav" "$sounds" "$name.mid" >/dev/null 2>&1
  sox -V1 "${name}_stereo.wav" "${name}_dry.wav" remix 1
  # lv2apply ends with status 0 even where it could not run the plug-in, so ask the recording itself.
  lv2apply -i "${name}_dry.wav" -o "${name}_wet.wav" -c Gain 0.9 -c Tone 0.5 -c Volume 0.5 "$amplifier" >/dev/null 2>"$name.log"
  local level
  level=$(sox -V1 "${name}_wet.wav" -n stat 2>&1 | awk '/RMS.*amplitude/ { print $3 }')
  if ! awk -v level="${level:-0}" 'BEGIN { exit !(level > 0.001) }'; then
    echo "The amplifier plug-in gave no sound:" >&2
    cat "$name.log" >&2
    exit 1
  fi
  rm -f "${name}_stereo.wav" "$name.log"
  printf '%s_dry.wav, %s_wet.wav: %.0f s\n' "$name" "$name" "$(soxi -V1 -D "${name}_wet.wav")"
}
record training --set training --seconds "$training_seconds"
record unheard --set unheard --seconds 14

say "4. Train a model of the amplifier: $minutes minutes"
"$continuo" train --dry demo/training_dry.wav --wet demo/training_wet.wav -o demo/amplifier.ssm -y \
  --tier standard --minutes "$minutes" --report demo/training.html

say '5. Play phrases through it that it never heard'
"$continuo" render -m demo/amplifier.ssm demo/unheard_dry.wav -o demo/unheard_model.wav -y

say '6. Compare with the amplifier'
"$continuo" evaluate -m demo/amplifier.ssm --dry demo/unheard_dry.wav --wet demo/unheard_wet.wav \
  --report demo/report.html --json demo/evaluation.json -y

say 'Done. Open demo/report.html in a browser to hear the amplifier, the model and the difference side by side.'
cat <<END
  demo/amplifier.ssm       the model
  demo/unheard_dry.wav     the guitar
  demo/unheard_wet.wav     the amplifier
  demo/unheard_model.wav   the model
  demo/report.html         how they compare
  demo/training.html       how training went
The plug-in, to open the model in a DAW; cmake --install build/release puts it where DAWs look for it:
  build/release/plugin/continuo_plugin_artefacts/Release/VST3/Continuo.vst3
  build/release/plugin/continuo_plugin_artefacts/Release/LV2/Continuo.lv2
  build/release/plugin/continuo_plugin_artefacts/Release/Standalone/Continuo
END
