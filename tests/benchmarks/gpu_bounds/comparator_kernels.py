"""The kernels of what the scan is compared with (gpu_comparators/)."""
import math

from kernels import LONGEST_RESPONSE, Check, Kernel, Loop, Shape


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
