#!/usr/bin/env python3
"""Plays a file through a VST3 in pedalboard (Spotify's host for Python), as its users do.

    pedalboard_host.py PLUGIN.vst3 STATE IN.wav OUT.wav BLOCK [PARAMETER=VALUE...]

STATE is a file with what pedalboard calls a plug-in's raw state. It is restored where it is not empty, then the
parameters are set, and then STATE becomes what the plug-in saves. BLOCK is in samples, VALUE from 0 to 1.

Says "SKIPPED:" and why where Python has no pedalboard.
"""

import sys
from pathlib import Path

try:
    from pedalboard import load_plugin
    from pedalboard.io import AudioFile
except ImportError as error:
    print(f"SKIPPED: {error} (pip install pedalboard)")
    sys.exit()


def main(bundle: str, state: str, dry: str, wet: str, block: str, *parameters: str) -> None:
    plugin = load_plugin(bundle)
    if saved := Path(state).read_bytes():
        plugin.raw_state = saved
    for parameter in parameters:
        name, value = parameter.split("=")
        plugin.parameters[name].raw_value = float(value)
    with AudioFile(dry) as file:
        audio, rate = file.read(file.frames), file.samplerate
    out = plugin(audio, rate, buffer_size=int(block))
    with AudioFile(wet, "w", rate, len(out), bit_depth=32) as file:
        file.write(out)
    Path(state).write_bytes(plugin.raw_state)


main(*sys.argv[1:])
