"""What a GPU can do at most, each figure with its source, and what one instruction takes of it.

Sources:
 [1] NVIDIA H100 Tensor Core GPU Architecture (white paper, 2022): 132 multiprocessors of the SXM5 module, four
     schedulers each of one warp instruction a cycle, 256 KB of registers, 64 warps.
 [2] NVIDIA H100 and H200 datasheets: memory 3.35 and 4.8 TB/s; 67 Tflop/s in FP32 = 132 · 128 lanes · 2 · 1.98 GHz and
     34 in FP64 = 132 · 64 · 2 · 1.98 GHz, so the highest clock is 1.98 GHz; 989 Tflop/s TF32 with
     sparsity, 494.7 without, at 1.83 GHz [1] = 132 · 1024 multiplications · 2 · 1.83 GHz.
 [3] CUDA C++ Programming Guide, throughput of native arithmetic instructions, results a cycle and multiprocessor at
     compute capability 9.0: FP32 128, FP64 64, integers and logic 64, integer multiplications 64, warp shuffle 32,
     special functions 16.
     Technical specifications there: 228 KB of shared memory, 1 KB of it taken by each block; 65536 registers, given out
     to warps in units of 256; 32 blocks.
 [4] The same guide, shared memory: 32 banks of 4 bytes a cycle.
 [5] Nsight Compute, Kernel Profiling Guide, pipelines: which instructions share a unit. Conversions of numbers are done by
     the unit for special functions (XU), integer multiplications by that for FP32 (FMA), the rest of the integers, logic
     and comparisons by the ALU.
"""
from dataclasses import dataclass
from machine_code import kind, width

MULTIPROCESSORS = 132
CLOCK = 1.98e9  # the highest, so that a bound stays one
REGISTERS, SHARED_BYTES, RESERVED_SHARED_BYTES = 65536, 228 * 1024, 1024
MOST_WARPS, MOST_BLOCKS = 64, 32


@dataclass(frozen=True)
class Gpu:
    name: str
    bandwidth: float  # bytes/s of its memory


GPUS = {"H100": Gpu("H100 SXM", 3.35e12), "H200": Gpu("H200 SXM", 4.8e12)}

UNITS = {
    "issue": "schedulers, one instruction of a warp each",
    "tensor": "tensor cores",
    "FP32": "FP32, integer multiplication too",
    "multiply": "integer multiplication, which half of the former can do",
    "FP64": "FP64",
    "integer": "integers, logic, comparisons",
    "special": "special functions and conversions",
    "shared": "shared memory and first-level cache, 128 bytes a cycle",
    "shuffle": "warp shuffle",
}
FP32 = {"FADD", "FMUL", "FFMA"}
FP64 = {"DADD", "DMUL", "DFMA", "DSETP"}
INTEGER = {"IADD3", "LOP3", "SHF", "ISETP", "LEA", "SEL", "FSEL", "FSETP", "FMNMX", "PRMT", "VIADD", "VIMNMX", "VIADDMNMX",
           "IABS", "PLOP3", "SGXT", "BMSK", "IMNMX", "VABSDIFF"}
SPECIAL = {"MUFU", "F2F", "I2F", "F2I", "I2FP", "F2FP", "POPC", "FLO", "BREV"}
MEMORY = {"LDS", "STS", "LDG", "STG", "LDL", "STL", "LDGSTS", "LDSM", "ATOMS"}


def cycles(opcode: str, broadcast: bool = False) -> dict[str, float]:
    """Cycles of a multiprocessor's units that one instruction of one warp takes at least.
    broadcast: its threads may read one address, which is moved once."""
    result, name = {"issue": 1 / 4}, kind(opcode)
    if name in FP32:
        result["FP32"] = 32 / 128
    elif name == "IMAD" and ".MOV" not in opcode:
        result["FP32"], result["multiply"] = 32 / 128, 32 / 64
    elif name in FP64:
        result["FP64"] = 32 / 64
    elif name in INTEGER:
        result["integer"] = 32 / 64
    elif name in SPECIAL:
        result["special"] = 32 / 16
    elif name == "SHFL":
        result["shuffle"] = 32 / 32
    elif name in MEMORY:
        result["shared"] = 1 if broadcast else 32 * width(opcode) / 128
    elif opcode.startswith("HMMA.1688.F32.TF32"):
        result["tensor"] = 16 * 8 * 8 / 1024
    elif name in ("HMMA", "IMMA", "DMMA", "HGMMA"):
        raise SystemExit(f"{opcode}: its throughput is not in hardware.py; add it, with its source")
    return result


def occupancy(threads: int, registers: int, shared_bytes: int) -> int:
    """Blocks that a multiprocessor holds at a time."""
    warps = threads // 32
    by_registers = REGISTERS // (-(-registers * 32 // 256) * 256) // warps
    by_shared = SHARED_BYTES // (shared_bytes + RESERVED_SHARED_BYTES)
    return min(by_registers, by_shared, MOST_WARPS // warps, MOST_BLOCKS)
