"""From a kernel's machine code to the least time that it can take."""
import re
import sys
from collections import Counter
from dataclasses import dataclass

import hardware
from compile import Compiled
from kernels import Kernel, Loop, Shape
from machine_code import width


@dataclass
class Bound:
    kernel: Kernel
    compiled: Compiled
    per_thread: Counter  # instructions by opcode
    trips: list[tuple[int, str, float]]  # address, what is in it, how often
    occupancy: int  # blocks of a multiprocessor
    units: dict[str, float]  # ps for each sample and channel
    bytes: float  # for each sample and channel

    def memory(self, gpu: hardware.Gpu) -> float:
        return 1e12 * self.bytes / gpu.bandwidth

    def least(self, gpu: hardware.Gpu) -> tuple[float, str]:
        return max([*((value, unit) for unit, value in self.units.items()), (self.memory(gpu), "memory")])


def count(counts: Counter, pattern: str, in_bytes: bool = False) -> float:
    return sum(n * (width(opcode) if in_bytes else 1) for opcode, n in counts.items() if re.match(pattern, opcode))


def scaled(counts: Counter, times: float) -> Counter:
    return Counter({opcode: n * times for opcode, n in counts.items()})


def instructions(kernel: Kernel, compiled: Compiled, shape: Shape) -> tuple[Counter, list[tuple[int, str, float]]]:
    """What one thread carries out at least, and how often its loops run."""
    flow, c, trips = compiled.flow, compiled.constants, []
    required, wanted = "A LOOP WITH WORK", f"A LOOP WITH WORK|{kernel.wanted}"

    def rule_of(loop) -> Loop:
        codes = flow.opcodes(loop)
        return next((rule for rule in kernel.loops if rule.depth == loop.depth and count(codes, rule.contains)
                     and rule.exactly in (None, count(codes, rule.contains))
                     and not (rule.lacks and count(codes, rule.lacks))), Loop(""))

    def cost_of_loop(loop) -> Counter:
        rule, body = rule_of(loop), flow.way(wanted, cost_of_loop, loop)
        if rule.work:
            alike = [other for other in flow.loops if rule_of(other) is rule]
            if loop is not max(alike, key=lambda other: count(flow.opcodes(other), rule.contains)):
                return Counter()
            times = rule.work(shape, c) // count(body, rule.contains)
            body[required] = 1
        elif rule.trips:
            times = rule.trips(shape, c)
        else:
            return Counter({"UNKNOWN LOOP": 1e9})  # on no way that counts, or instructions() says so
        trips.append((flow.address(loop), rule.contains, times))
        if rule.except_last:
            rest = "|".join(each for each in wanted.split("|") if each != rule.except_last)
            return scaled(body, times - 1) + flow.way(rest, cost_of_loop, loop)
        return scaled(body, times)

    counts = flow.way(wanted, cost_of_loop)
    del counts[required]
    if counts["UNKNOWN LOOP"]:
        places = ", ".join(f"{flow.address(loop):#x} (depth {loop.depth})" for loop in flow.loops)
        sys.exit(f"{kernel.body}: a loop that every way goes through has no number of turns in kernels.py; loops are at {places}")
    return counts, sorted(set(trips))


def check(kernel: Kernel, compiled: Compiled, shape: Shape, counts: Counter) -> list[str]:
    """One line for each check. Ends the program where one fails."""
    lines = []
    for each in kernel.checks:
        found, expected = count(counts, each.opcodes, each.in_bytes), each.expected(shape, compiled.constants)
        unit = "bytes" if each.in_bytes else "instructions"
        line = f"{kernel.body}: {each.what}: {found:,.0f} {unit} of a thread ({each.opcodes}), expected {expected:,.0f}"
        rounding = 1e-9 * expected
        if not expected - each.slack - rounding <= found <= expected + rounding:
            sys.exit(f"{line}: the loops or the kernel are not what kernels.py says; change it there")
        lines.append(line)
    return lines


def bound(kernel: Kernel, compiled: Compiled, shape: Shape) -> tuple[Bound, list[str]]:
    counts, trips = instructions(kernel, compiled, shape)
    lines = check(kernel, compiled, shape, counts)
    c = compiled.constants
    # A multiprocessor has its share of the blocks, and one block at least.
    share = max(1.0, kernel.blocks(shape, c) / hardware.MULTIPROCESSORS) * c["threads"] / 32 * kernel.launches
    units: Counter = Counter()
    for opcode, n in counts.items():
        broadcast = kernel.broadcast is not None and re.match(kernel.broadcast, opcode) is not None
        for unit, cycles in hardware.cycles(opcode, broadcast).items():
            units[unit] += n * cycles
    picoseconds = {unit: 1e12 * cycles * share / hardware.CLOCK / shape.samples for unit, cycles in units.items()}
    occupancy = hardware.occupancy(c["threads"], compiled.registers, 4 * c["shared_floats"])
    return Bound(kernel, compiled, counts, trips, occupancy, picoseconds,
                 kernel.bytes(shape, c) * kernel.launches / shape.samples), lines
