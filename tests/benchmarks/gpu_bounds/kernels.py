"""The kernels whose bounds are asked for: how often their loops run and what they must have done after that.

To add one, append an Algorithm to algorithms.py: its kernels with the C++ type of each body, the loops of the body, and the
checks. Loops are found in the machine code by what they contain; one that stands on the way and is named by nobody is an
error, and so is a check that fails. `c` below are the constants of the kernel's body as the compiler has them.
"""
import math
from collections.abc import Callable
from dataclasses import dataclass, field

RATE = 48000
# Samples for which the slowest mode that scan_speed's models may have, 0.1 Hz, is above what a float resolves.
LONGEST_RESPONSE = math.ceil(25 * math.log(2) / (2 * math.pi * 0.1 / RATE)) + 1


@dataclass(frozen=True)
class Shape:
    batch: int
    channels: int
    frames: int
    modes: int

    @property
    def rows(self) -> int:
        return self.batch * self.channels

    @property
    def samples(self) -> int:
        return self.rows * self.frames


SHAPES = {"10 minutes": Shape(1, 16, 600 * RATE, 16), "32 × 2 s": Shape(32, 16, 2 * RATE, 16)}


@dataclass(frozen=True)
class Loop:
    """contains, lacks: opcodes (regular expressions) by which the loop is known among those of its depth on the way.
    exactly: how many of the former its code has, where that tells it from others.
    trips(shape, c): how often it runs. Or, where the compiler decides how many turns it does at once,
    work(shape, c): how many such instructions a thread carries out in all its turns. The largest such loop is on every way,
    as often as the work goes into it; what is left over is not counted.
    except_last: of its opcodes, those that the last turn leaves away."""
    contains: str
    trips: Callable | None = None
    work: Callable | None = None
    lacks: str | None = None
    exactly: int | None = None
    depth: int = 1
    except_last: str | None = None


@dataclass(frozen=True)
class Check:
    """What the counted instructions of one thread must add up to, exactly, or short of it by `slack` at most."""
    what: str
    opcodes: str
    expected: Callable  # (shape, c) → a number
    in_bytes: bool = False
    slack: float = 0


@dataclass(frozen=True)
class Kernel:
    name: str  # for people
    body: str  # C++
    blocks: Callable  # (shape, c) → blocks of threads, a mean where the last ones have less to do
    bytes: Callable  # (shape, c) → bytes that the GPU's memory moves at least
    wanted: str  # opcodes of the way that counts, see machine_code.Flow.way
    loops: list[Loop] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)  # C++ expressions, beside threads, blocks and shared memory
    phase: str | None = None  # what scan_speed calls the time of this kernel, or of it and others of the same phase
    broadcast: str | None = None  # opcodes of loads of which threads may read one address: a cycle each, however wide
    launches: int = 1  # one after the other, of `blocks` and `bytes` each


@dataclass(frozen=True)
class Algorithm:
    name: str  # for people
    back_end: str  # what scan_speed calls it
    direction: str
    includes: list[str]
    kernels: Callable  # shape → [Kernel]
