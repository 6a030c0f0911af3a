#!/usr/bin/env python3
"""Writes guitar phrases as a Standard MIDI File, for a synthesiser to play into an amplifier.

    guitar_phrases.py OUT.mid [--set training|unheard|blind] [--sound clean|overdriven|both] [--seconds S]

An amplifier is learned from what it was played, so the phrases cover what a guitarist does: single notes from the
lowest string to the highest fret, riffs, chords picked and strummed, muted strings, bends, and long notes left to
die away, each at several loudnesses. The sets share no phrase. The same arguments give the same file.

How a phrase is written: one token per step. `E2` a note, `E2+B2+E3` a chord, `-` holds, `.` is silence; behind a
note `!` is an accent, `?` a soft stroke, `^` a bend that arrives from a whole tone below.
"""

import argparse
import struct
from pathlib import Path
from typing import NamedTuple

TICKS_PER_BEAT = 480
JAZZ, CLEAN, MUTED, OVERDRIVEN = 26, 27, 28, 29  # General MIDI programs, counted from 0
LOWEST, HIGHEST = 40, 88  # E2, the open low string, to E6, the 24th fret


class Phrase(NamedTuple):
    program: int
    tempo: int  # beats per minute
    steps: int  # per beat
    text: str


TRAINING = [
    # An open-string riff with held ends.
    Phrase(CLEAN, 112, 2, "E2! E2 G2 E2 A2 - E2 B2! - A2 G2 E2 D3 - B2 - E2+B2+E3! - - - - - . ."),
    # A climb over the whole neck in single notes, then back down in wider steps.
    Phrase(CLEAN, 126, 4, "E2 F#2 G2 A2 B2 C3 D3 E3! F#3 G3 A3 B3 C4 D4 E4! F#4 G4 A4 B4 C5 D5 E5! - - "
                          "C5 - A4 - F#4 - D4 - B3 - G3 - E3 - C3 - A2 - E2! - - - - - . ."),
    # Muted eighths under two accents.
    Phrase(MUTED, 140, 2, "E2! E2 E2 E2 E2 E2 G2! G2 A2! A2 A2 A2 A2 A2 G2 F#2 E2! E2 E2? E2? E2! . E2! ."),
    # Open chords strummed on the beat and off it.
    Phrase(CLEAN, 96, 2, "E2+B2+E3+G3+B3+E4! - E3+G3+B3? E3+G3+B3 C3+E3+G3+C4+E4! - C4+E4? - "
                         "G2+B2+D3+G3+B3+G4! - G3+B3? G3+B3+G4 D3+A3+D4+F#4! - - - - ."),
    # A picked arpeggio left to ring.
    Phrase(JAZZ, 84, 3, "A2 E3 A3 C4 E4 C4 F2! C3 F3 A3 C4 A3 D3 A3 D4 F4 A4 F4 E2! B2 E3 G#3 B3 G#3 A2+E3+A3+C4! - - - - -"),
    # A lead line with bends and long notes.
    Phrase(CLEAN, 92, 4, "E4 G4 A4^! - - - G4 E4 D4 - E4 - - - . . B4^! - - - A4 G4 E4 - G4^ - - - E4? - D4? - "
                         "E4! - - - - - - - - - - -"),
    # Power chords with gaps: the amplifier goes from full drive to silence and back.
    Phrase(CLEAN, 104, 2, "E2+B2+E3! . E2+B2+E3 . G2+D3+G3! - . . A2+E3+A3! . A2+E3+A3 . C3+G3+C4! - B2+F#3+B3! - - - - ."),
    # High double stops.
    Phrase(CLEAN, 118, 2, "B4+E5! - A4+D5 - G4+C5? - F#4+B4 G4+C5 A4+D5! - - . E4+G4? . E4+G4 . D4+F#4! - - -"),
    # Sixteenth notes low on the neck.
    Phrase(MUTED, 100, 4, "A2! A2? A2? C3 A2! A2? D3 A2? A2! A2? E3 D3 C3! A2? G2 A2 F2! F2? F2? A2 F2! F2? B2 F2? "
                          "E2! E2 E2? E2? E2! - - -"),
    # Slow chords with the minor third on top, jazz sound.
    Phrase(JAZZ, 72, 2, "D3+A3+C4+F4! - - - G2+F3+B3+E4! - - - C3+E3+B3+D4? - - - A2+G3+C#4+F4 - - -"),
    # Octaves.
    Phrase(CLEAN, 122, 2, "G2+G3! - A2+A3 B2+B3 - D3+D4! - - E3+E4 - D3+D4? - B2+B3! - A2+A3 - G2+G3! - - - . ."),
    # One string, ever softer, then ever louder.
    Phrase(CLEAN, 108, 2, "D4! D4! D4 D4 D4? D4? F4? F4? F4 F4 A4 A4! C5! C5! - - - - - -"),
    # The top of the neck, quick.
    Phrase(CLEAN, 132, 4, "E5 D5 B4 A4 G5! E5 D5 B4 A5! G5 E5 D5 B5! A5 G5 E5 D6! B5 A5 G5 E6! - - - - - - . . . . ."),
    # A low pulse under a moving voice.
    Phrase(CLEAN, 110, 2, "E2+E3! E2 E2+F#3 E2 E2+G3! E2 E2+A3 E2 C3+B3! C3 C3+A3 C3 D3+G3! D3 D3+F#3 - E2+E3! - - - - -"),
]

UNHEARD = [
    # A riff in another key than any above, its answer an octave higher.
    Phrase(CLEAN, 116, 4, "F#2! - F#2 A2 - B2 C3? B2 A2! - F#2 - E2? F#2 - - F#3! - F#3 A3 - B3 C4? B3 A3! - F#3 - E3 F#3! - -"),
    # Strummed chords with a suspended fourth.
    Phrase(CLEAN, 100, 2, "B2+F#3+B3+D4+F#4! - B3+D4? B3+D4 A2+E3+A3+D4+E4! - A3+C#4+E4 - E2+B2+E3+G#3+B3+E4! - - G#3+B3? "
                          "F#2+C#3+F#3+A3+C#4! - - -"),
    # Muted strings opening into a bent lead note.
    Phrase(MUTED, 128, 2, "B2! B2 B2? B2 D3! D3 B2 A2 F#2! F#2 F#2? A2! B2! . . ."),
    Phrase(CLEAN, 88, 4, "F#4 A4 B4^! - - - - A4 F#4? - E4 - F#4! - - - C#5^! - - - B4 A4 F#4 - - - - - . . . ."),
]

# For judging what was made while the ones above were listened to.
BLIND = [
    # A shuffle on the low strings.
    Phrase(CLEAN, 134, 3, "G2+D3! - G2+D3? G2+E3! - G2+D3? G2+F3! - G2+E3? G2+D3! - G2? C3+G3! - C3+G3? C3+A3! - C3+G3? "
                          "D3+A3! - - G2+D3! - - - - . ."),
    # A lead line in leaps, with a bend at its top.
    Phrase(CLEAN, 106, 4, "C4 - G4 - E4? - C5! - - B4 A4 - E5^! - - - - - D5? C5 G4! - - - F4 - D4? - C4! - - - - - . ."),
    # Broken ninth chords, let ring.
    Phrase(JAZZ, 78, 3, "F2! C3 A3 E4 G4 E4 G2! D3 B3 F#4 A4 F#4 E2? B2 G3 D4 F#4 D4 A2+E3+C4+G4! - - - - -"),
    # Muted sixteenths that break off.
    Phrase(MUTED, 112, 4, "D3! D3? D3 F3 D3! D3? G3 D3? C3! C3? C3 D#3 C3! . . . A#2! A#2? A#2 C3 D3! D3 D3? D3? D3! - - ."),
    # Strummed sixths, ever louder.
    Phrase(CLEAN, 98, 2, "E3+C#4? - F#3+D4? - G#3+E4 - A3+F#4 - B3+G#4! - C#4+A4! - E3+A3+C#4+E4+A4! - - - . ."),
]
SETS = {"training": TRAINING, "unheard": UNHEARD, "blind": BLIND}

LOUDNESS = [92, 70, 112, 54, 100, 80, 118]  # MIDI velocity of an ordinary stroke, phrase by phrase
TRANSPOSE = [0, 3, -2, 5, 2, 7, -4]  # in semitones, one each time the whole set comes round again

PITCHES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch(name: str) -> int:
    sharp = "#" in name
    return 12 * (int(name[-1]) + 1) + PITCHES[name[0]] + sharp


def variable_length(value: int) -> bytes:
    """Standard MIDI Files 1.0: seven bits a byte, highest first, the top bit set on all but the last."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.insert(0, 0x80 | (value & 0x7F))
    return bytes(out)


class Song:
    """Collects events at times in ticks of a fixed 1/960 s: 120 beats a minute, whatever tempo a phrase has."""

    def __init__(self) -> None:
        self.events: list[tuple[int, int, bytes]] = []
        self.now = 0.0  # s

    def add(self, seconds: float, order: int, *data: int) -> None:
        self.events.append((round(seconds * 2 * TICKS_PER_BEAT), order, bytes(data)))

    def play(self, phrase: Phrase, program: int, velocity: int, transpose: int) -> None:
        step = 60 / phrase.tempo / phrase.steps
        tokens = phrase.text.split()
        self.add(self.now, 1, 0xC0, program)
        for index, token in enumerate(tokens):
            if token in "-.":
                continue
            held = 1
            while index + held < len(tokens) and tokens[index + held] == "-":
                held += 1
            name = token.rstrip("!?^")
            # No two strokes are equally strong: a few steps of velocity, the same ones every time.
            strength = velocity + (index * 37 % 11) - 5 + 18 * token.count("!") - 22 * token.count("?")
            strength = max(12, min(127, strength))
            start = self.now + index * step
            end = start + held * step * (0.6 if program == MUTED else 0.97)
            if "^" in token:
                for i in range(13):
                    wheel = round(8191 * i / 12)  # from two semitones below, the default range of the wheel, to 0
                    self.add(start + 0.012 * i, 2, 0xE0, wheel & 0x7F, wheel >> 7)
                self.add(start + 0.16, 2, 0xE0, 0, 64)
            pitches = sorted(pitch(n) for n in name.split("+"))
            shift = transpose
            if pitches[0] + shift < LOWEST:
                shift += 12
            elif pitches[-1] + shift > HIGHEST:
                shift -= 12
            for string, p in enumerate(pitches):
                stroke = start + 0.011 * string  # the pick crosses the strings one after the other
                self.add(stroke, 3, 0x90, p + shift, strength)
                self.add(max(end, stroke + 0.04), 0, 0x80, p + shift, 0)
        self.now += len(tokens) * step + 0.25

    def write(self, path: Path) -> None:
        track, last = bytearray(), 0
        for tick, _, data in sorted(self.events):
            track += variable_length(tick - last) + data
            last = tick
        track += variable_length(0) + b"\xff\x2f\x00"
        header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS_PER_BEAT)
        path.write_bytes(header + b"MTrk" + struct.pack(">I", len(track)) + track)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--set", choices=list(SETS), default="training")
    parser.add_argument("--sound", choices=["clean", "overdriven", "both"], default="clean")
    parser.add_argument("--seconds", type=float, default=120.0, help="phrases begin until this time is reached")
    arguments = parser.parse_args()

    phrases = SETS[arguments.set]
    song = Song()
    song.now = 0.25
    count = 0
    while song.now < arguments.seconds:
        phrase = phrases[count % len(phrases)]
        round_ = count // len(phrases)
        overdriven = arguments.sound == "overdriven" or (arguments.sound == "both" and (count + round_) % 2 == 1)
        program = OVERDRIVEN if overdriven else phrase.program
        song.play(phrase, program, LOUDNESS[count % len(LOUDNESS)], TRANSPOSE[round_ % len(TRANSPOSE)])
        count += 1
    song.write(arguments.out)


if __name__ == "__main__":
    main()
