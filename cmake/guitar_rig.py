"""Guitar phrases played by a synthesiser, and devices made by others to play them through.

Needs numpy, soundfile, and what `cmake/install-packages.sh demo` installs.
"""

import subprocess
from pathlib import Path

import numpy
import soundfile

SOUNDS = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
GUITARIX = "http://guitarix.sourceforge.net/plugins/"
RATE = 48000


def quietly(*command: object) -> None:
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def read(path: Path) -> tuple[numpy.ndarray, int]:
    """The first channel, in doubles, and the sample rate in Hz."""
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return samples[:, 0], rate


def write(path: Path, samples: numpy.ndarray, rate: int) -> Path:
    """As a file of 32-bit floats; makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def phrases(path: Path, *arguments: object) -> Path:
    """Writes dry guitar phrases, 48 kHz, one channel, unless they are there. The arguments are guitar_phrases.py's."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        stereo, midi = path.with_suffix(".stereo.wav"), path.with_suffix(".mid")
        quietly(Path(__file__).with_name("guitar_phrases.py"), midi, *arguments)
        quietly("fluidsynth", "-ni", "-q", "-R", 0, "-C", 0, "-g", 0.6, "-r", RATE, "-O", "float", "-T", "wav", "-F", stereo,
                SOUNDS, midi)
        write(path, *read(stereo))
        stereo.unlink()
    return path


def play_through(plugin: list[object], dry: Path, wet: Path, rest: int = 0) -> Path:
    """Writes what an LV2 plug-in makes of a file, unless it is there. `plugin`: lv2apply's settings, then the URI. `rest`:
    seconds of silence that the plug-in hears before the file, for one that does not begin at rest."""
    if not wet.exists():
        part, floats = wet.with_suffix(".part.wav"), wet.with_suffix(".floats.wav")
        # lv2apply writes what it reads: of integers, samples beyond full scale come back with the other sign.
        samples, rate = read(dry)
        write(floats, numpy.concatenate([numpy.zeros(rest * rate), samples]), rate)
        quietly("lv2apply", "-i", floats, "-o", part, *plugin)
        floats.unlink()
        played = read(part)[0][rest * rate:]
        if numpy.sqrt(numpy.mean(played ** 2)) < 1e-3:  # its exit status is 0 even where it failed
            raise RuntimeError(f"{plugin[-1]} gave no sound")
        if rest:
            write(part, played, rate)
        part.rename(wet)
    return wet
