"""Machine code of a GPU as nvdisasm prints it: instructions, loops, and what one thread of a warp carries out.

Nothing is executed. A way through a kernel is found in its flow graph: of all ways that do the most of the work that
the caller names (copies of whole tiles rather than of ragged ones), the one with the fewest instructions. Where a branch
can skip something that is not named, it is skipped, and functions that are called (64-bit division) count nothing: what is
counted is carried out at least.
"""
import re
import sys
from collections import Counter
from dataclasses import dataclass, field

INSTRUCTION = re.compile(r"^\s+/\*([0-9a-f]{4,})\*/\s+(?:@(!?U?PT?\d?)\s+)?([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_.]+)?)(.*)$")
LABEL = re.compile(r"^(\.L_x_\d+):")
SECTION = re.compile(r"^\.text\.(\S+):")
TARGET = re.compile(r"\((\.L_x_\d+)\)")


@dataclass
class Instruction:
    address: int
    opcode: str  # with its suffixes
    conditional: bool
    target: str | None  # the label that it jumps to


@dataclass
class Block:
    instructions: list[Instruction]
    successors: list[int] = field(default_factory=list)
    ends: bool = False  # the thread may end here


@dataclass
class Loop:
    header: int
    blocks: set[int]
    latches: set[int]
    depth: int = 0  # 1: in no other loop
    inner: list["Loop"] = field(default_factory=list)


def kernels(text: str) -> dict[str, "Flow"]:
    """Every kernel of a listing by its name in the object file."""
    result, name, instructions, labels = {}, None, [], {}

    def close() -> None:
        if name:
            result[name] = Flow(name, instructions, labels)

    for line in text.splitlines():
        if section := SECTION.match(line):
            close()
            name, instructions, labels = section.group(1), [], {}
        elif name and (label := LABEL.match(line)):
            labels[label.group(1)] = len(instructions)
        elif name and (found := INSTRUCTION.match(line)):
            address, predicate, opcode, operands = found.groups()
            target = TARGET.search(operands)
            conditional = predicate not in (None, "PT") or opcode in ("BRA.DIV", "BRA.CONV")
            instructions.append(Instruction(int(address, 16), opcode, conditional, target.group(1) if target else None))
    close()
    return result


def kind(opcode: str) -> str:
    return opcode.split(".")[0]


def width(opcode: str) -> int:
    """Bytes that one thread of an instruction for memory moves."""
    parts = opcode.split(".")
    return 16 if "128" in parts else 8 if "64" in parts else 2 if "U16" in parts or "S16" in parts else \
        1 if "U8" in parts or "S8" in parts else 4


class Flow:
    """A kernel's flow graph."""

    def __init__(self, name: str, instructions: list[Instruction], labels: dict[str, int]) -> None:
        self.name = name
        jumps = {"BRA", "EXIT", "BRX", "JMP", "RET", "BREAK"}
        starts = {0} | {labels[i.target] for i in instructions if kind(i.opcode) == "BRA"}
        starts |= {at + 1 for at, i in enumerate(instructions) if kind(i.opcode) in jumps}
        order = sorted(start for start in starts if start < len(instructions))
        number = {start: index for index, start in enumerate(order)}
        self.blocks = [Block(instructions[start:end]) for start, end in zip(order, [*order[1:], len(instructions)])]
        for index, block in enumerate(self.blocks):
            last, following = block.instructions[-1], [index + 1] if index + 1 < len(self.blocks) else []
            if kind(last.opcode) == "BRA":
                block.successors = [number[labels[last.target]]] + (following if last.conditional else [])
            elif kind(last.opcode) == "EXIT":
                block.ends, block.successors = True, following if last.conditional else []
            elif kind(last.opcode) == "RET":
                pass  # of a function, which nobody reaches but by a call
            elif kind(last.opcode) in jumps:
                sys.exit(f"{name}: {last.opcode} at {last.address:#x}: computed jumps are not understood; write the kernel "
                         "without them")
            else:
                block.successors = following
        self.reached = self._reach()
        self.loops = self._find_loops()

    def _reach(self) -> set[int]:
        seen, todo = {0}, [0]
        while todo:
            for successor in self.blocks[todo.pop()].successors:
                if successor not in seen:
                    seen.add(successor)
                    todo.append(successor)
        return seen

    def _find_loops(self) -> list[Loop]:
        """Natural loops, outermost first, in the order of their code."""
        predecessors = {index: [] for index in self.reached}
        for index in self.reached:
            for successor in self.blocks[index].successors:
                predecessors[successor].append(index)
        dominators = {index: self.reached if index else {0} for index in self.reached}
        changed = True
        while changed:
            changed = False
            for index in sorted(self.reached - {0}):
                own = {index} | set.intersection(*(set(dominators[p]) for p in predecessors[index]))
                if own != dominators[index]:
                    dominators[index], changed = own, True
        loops: dict[int, Loop] = {}
        for index in sorted(self.reached):
            for header in self.blocks[index].successors:
                if header in dominators[index]:
                    loop = loops.setdefault(header, Loop(header, {header}, set()))
                    loop.latches.add(index)
                    todo = [index]
                    while todo:
                        block = todo.pop()
                        if block not in loop.blocks:
                            loop.blocks.add(block)
                            todo += predecessors[block]
                elif header <= index and not self._is_forward(header, index):
                    sys.exit(f"{self.name}: a loop with two entries at block {header}; it is not understood")
        ordered = sorted(loops.values(), key=lambda loop: (-len(loop.blocks), loop.header))
        for loop in ordered:
            around = [other for other in ordered if loop is not other and loop.blocks < other.blocks]
            loop.depth = len(around) + 1
            if around:
                min(around, key=lambda other: len(other.blocks)).inner.append(loop)
        return sorted(ordered, key=lambda loop: (loop.header, loop.depth))

    def _is_forward(self, header: int, index: int) -> bool:
        """Whether a jump back in the code closes no circle."""
        seen, todo = {header}, [header]
        while todo:
            for successor in self.blocks[todo.pop()].successors:
                if successor == index:
                    return False
                if successor not in seen:
                    seen.add(successor)
                    todo.append(successor)
        return header != index

    def address(self, loop: Loop) -> int:
        return self.blocks[loop.header].instructions[0].address

    def opcodes(self, loop: Loop) -> Counter:
        """What stands in a loop and in those within it, once each."""
        return Counter(i.opcode for block in loop.blocks for i in self.blocks[block].instructions)

    def way(self, wanted: str, cost_of_loop, loop: Loop | None = None) -> Counter:
        """Instructions of one time through the kernel, or through a loop's body.

        wanted: the opcodes of which a way has as many as there can be (a regular expression)
        cost_of_loop(inner): the instructions of all times through a loop within
        """
        region = loop.blocks if loop else self.reached
        start = loop.header if loop else 0
        inner = loop.inner if loop else [each for each in self.loops if each.depth == 1]
        owner = {block: each for each in inner for block in each.blocks}
        pattern = re.compile(wanted)

        def score(counts: Counter) -> tuple[float, float]:
            return sum(n for opcode, n in counts.items() if pattern.match(opcode)), -sum(counts.values())

        costs: dict[int, Counter] = {}

        def node_of(block: int) -> int:
            return owner[block].header if block in owner else block

        def cost(node: int) -> Counter:
            if node not in costs:
                costs[node] = cost_of_loop(owner[node]) if node in owner else \
                    Counter(i.opcode for i in self.blocks[node].instructions)
            return costs[node]

        def successors(node: int) -> set[int]:
            blocks = owner[node].blocks if node in owner else {node}
            out = {s for block in blocks for s in self.blocks[block].successors}
            return {node_of(s) for s in out if s in region and s != start and node_of(s) != node}

        def ends(node: int) -> bool:
            blocks = owner[node].blocks if node in owner else {node}
            return bool(blocks & loop.latches) if loop else any(self.blocks[block].ends for block in blocks)

        best: dict[int, Counter | None] = {}
        todo = [(node_of(start), False)]
        while todo:  # children first
            node, ready = todo.pop()
            if not ready:
                if node not in best:
                    best[node] = None
                    todo.append((node, True))
                    todo += [(s, False) for s in successors(node) if s not in best]
                continue
            ways = [best[s] for s in successors(node) if best.get(s) is not None]
            if ends(node):
                ways.append(Counter())
            if ways:
                most = max(ways, key=score)
                best[node] = most + cost(node)
        return best[node_of(start)]
