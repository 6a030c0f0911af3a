"""The kernels whose bounds are asked for: how often their loops run and what they must have done after that.

To add one, append an Algorithm: its kernels with the C++ type of each body, the loops of the body, and the checks. Loops are
found in the machine code by what they contain; one that stands on the way and is named by nobody is an error, and so is a
check that fails. `c` below are the constants of the kernel's body as the compiler has them.
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
    trips(shape, c): how often it runs. Or, where the compiler decides how many turns it does at once,
    work(shape, c): how many such instructions a thread carries out in all its turns. The largest such loop is on every way,
    as often as the work goes into it; what is left over is not counted.
    except_last: of its opcodes, those that the last turn leaves away."""
    contains: str
    trips: Callable | None = None
    work: Callable | None = None
    lacks: str | None = None
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
    phase: str | None = None  # what scan_speed calls this kernel's time


@dataclass(frozen=True)
class Algorithm:
    name: str  # for people
    back_end: str  # what scan_speed calls it
    direction: str
    includes: list[str]
    kernels: Callable  # shape → [Kernel]


def three_phases(shape: Shape) -> list[Kernel]:
    modes = 8 if shape.modes <= 8 else 16
    constants = {"tile": "ScanTile::samples", "tiles": "scan_tiles_per_segment", "warp_chunks": "ScanTile::warp_chunks",
                 "chunk": "ScanTile::chunk"}
    folding = {"run_chunks": f"ChunkFold<{modes}>::run_chunks", "runs": f"ChunkFold<{modes}>::runs"}

    def segments(c):
        return math.ceil(shape.frames / (c["tile"] * c["tiles"]))

    def mean_tiles(s, c):
        return math.ceil(s.frames / c["tile"]) / segments(c)

    def tile_bytes(c):
        return 4 * c["tile"] / c["threads"]

    def products(rows_and_columns):
        """Products of a warp's chunks with a matrix: three for each, 16 · 8 · 8 terms in one instruction."""
        return lambda c: c["warp_chunks"] * rows_and_columns(c) * 3 / 1024

    into_states = products(lambda c: c["chunk"] * 2 * modes)
    # Of the impulse response's 16 × 16 blocks, those below the diagonal and on it.
    output = products(lambda c: 2 * c["chunk"] * 2 * modes + 256 * (c["chunk"] // 16) * (c["chunk"] // 16 + 1) // 2)
    each = lambda c: math.ceil((segments(c) - 1) / (c["threads"] // modes))  # segments that a thread folds
    states = lambda s, c: 16 * s.rows * segments(c) * modes
    return [
        Kernel("end states", f"ScanEndStates<{modes}>", phase="1 end states", constants=constants | folding,
               blocks=lambda s, c: s.rows * (segments(c) - 1),
               bytes=lambda s, c: 4 * s.rows * (segments(c) - 1) * c["tile"] * c["tiles"] + states(s, c),
               wanted="HMMA|LDGSTS",
               loops=[Loop("HMMA", trips=lambda s, c: c["tiles"], except_last="LDGSTS")],
               checks=[Check("products on tensor cores", "HMMA", lambda s, c: c["tiles"] * into_states(c)),
                       Check("the signal read once", "LDGSTS", lambda s, c: c["tiles"] * tile_bytes(c), in_bytes=True)]),
        Kernel("fold", f"ScanFold<{modes}>", phase="2 fold", constants=constants,
               blocks=lambda s, c: s.rows, bytes=lambda s, c: 2 * states(s, c), wanted="BAR",
               loops=[Loop("LDG", lacks="STG", work=lambda s, c: 2 * each(c)), Loop("STG", work=lambda s, c: 2 * each(c)),
                      Loop("DFMA", lacks="LDG", trips=lambda s, c: 1)],  # powers
               # Short by less than one turn of each loop, which does up to 16 states at once.
               checks=[Check("states read twice", "LDG.E.64", lambda s, c: 4 * each(c), slack=2 * 2 * 15),
                       Check("states written once", "STG.E.64", lambda s, c: 2 * each(c), slack=2 * 15)]),
        Kernel("output", f"ScanOutput<{modes}>", phase="3 output", constants=constants | folding,
               blocks=lambda s, c: s.rows * segments(c),
               bytes=lambda s, c: 8 * s.samples + states(s, c), wanted="HMMA|LDGSTS",
               loops=[Loop("HMMA", trips=mean_tiles, except_last="LDGSTS")],
               checks=[Check("products on tensor cores", "HMMA", lambda s, c: mean_tiles(s, c) * output(c)),
                       Check("the signal read once", "LDGSTS", lambda s, c: mean_tiles(s, c) * tile_bytes(c), in_bytes=True),
                       Check("the output written once", "STG", lambda s, c: mean_tiles(s, c) * tile_bytes(c),
                             in_bytes=True)]),
    ]


def block_scan(shape: Shape) -> list[Kernel]:
    chunks = lambda s, c: math.ceil(s.frames / c["chunk"])
    return [
        Kernel("scan", "scan_speed::BlockScanKernel",
               constants={"chunk": "scan_speed::BlockScanKernel::chunk",
                          "each": "scan_speed::BlockScanKernel::samples_per_thread"},
               blocks=lambda s, c: s.rows, bytes=lambda s, c: 8 * s.samples, wanted="SHFL",
               loops=[Loop("SHFL", trips=chunks), Loop("SHFL", depth=2, trips=lambda s, c: s.modes)],
               checks=[Check("the signal and the coefficients read", "LDG",
                             lambda s, c: chunks(s, c) * 4 * (c["each"] + 4 * s.modes), in_bytes=True),
                       Check("the output written once", "STG", lambda s, c: chunks(s, c) * 4 * c["each"], in_bytes=True),
                       # Five steps with four numbers each, and then the state of the thread before.
                       Check("a warp's scan of pairs, each mode", "SHFL", lambda s, c: chunks(s, c) * s.modes * (4 * 5 + 2))]),
    ]


def fft_convolution(shape: Shape) -> list[Kernel]:
    taps = min(shape.frames, LONGEST_RESPONSE)
    size = 512 if taps <= 512 * 512 // 2 else 2048
    length = size * size
    valid = length - taps + 1
    # Transforms of two blocks of time each; a whole number for each row or clip.
    transforms = shape.channels * math.ceil(shape.batch * math.ceil(shape.frames / valid) / 2)
    constants = {"each": f"scan_speed::FftBlock<{size}>::each", "columns": f"scan_speed::FftBlock<{size}>::columns"}
    blocks = lambda s, c: transforms * size / c["columns"]
    stages = math.ceil(math.log2(size) / 3)
    common = {"constants": constants, "blocks": blocks, "wanted": "STG"}
    shared = lambda times: [Check("numbers into shared memory and out again", "LDS|STS",
                                  lambda s, c: 2 * 8 * c["each"] * times, in_bytes=True)]
    written = Check("numbers written once", "STG", lambda s, c: 8 * c["each"], in_bytes=True)
    return [
        Kernel("columns forwards", f"scan_speed::FftColumnsForward<{size}>",
               bytes=lambda s, c: 4 * s.samples + 8 * length * transforms, checks=[written, *shared(stages + 1)], **common),
        Kernel("rows", f"scan_speed::FftRows<{size}, true>",
               bytes=lambda s, c: 16 * length * transforms + 8 * length * s.channels,
               checks=[written, *shared(2 * stages + 2)], **common),
        Kernel("columns backwards", f"scan_speed::FftColumnsBackward<{size}>",
               bytes=lambda s, c: 4 * s.samples + 8 * length * transforms,
               # The way of numbers that lie in the overlap, which nobody writes: all but the last time out.
               checks=shared(stages + 0.5), **(common | {"wanted": "LDG"})),
    ]


ALGORITHMS = [
    Algorithm("three phases", "CUDA, three phases", "forward", ["models/parallel/scan/device_scan.h"], three_phases),
    Algorithm("block scan (Mamba's way)", "CUDA, block scan", "forward",
              ["tests/benchmarks/gpu_comparators/block_scan.h"], block_scan),
    Algorithm("FFT convolution", "CUDA, FFT convolution", "forward",
              ["tests/benchmarks/gpu_comparators/fft_kernels.h"], fft_convolution),
]
