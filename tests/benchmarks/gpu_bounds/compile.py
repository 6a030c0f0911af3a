"""Compiles kernel bodies for one GPU and reads what the compiler made of them. Needs nvcc and nvdisasm, no GPU."""
import re
import shutil
import struct
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import machine_code

PROJECT = Path(__file__).resolve().parents[3]
ARCHITECTURE = "sm_90"


@dataclass
class Compiled:
    registers: int
    spill_bytes: int
    constants: dict[str, int]  # threads, blocks (a multiprocessor's, at least), shared_floats, and the kernel's own
    flow: machine_code.Flow


def tool(name: str, *places: Path) -> str:
    found = shutil.which(name) or next((str(place) for place in places if place.exists()), None)
    if not found:
        sys.exit(f"{name}: not found; it comes with the CUDA Toolkit"
                 + (", or: pip install nvidia-cuda-nvdisasm" if name == "nvdisasm" else ""))
    return found


def nvdisasm() -> str:
    packages = Path(sysconfig.get_path("purelib"))
    return tool("nvdisasm", Path("/usr/local/cuda/bin/nvdisasm"), *packages.glob("nvidia/*/bin/nvdisasm"))


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: failed:\n{done.stderr}")
    return done.stdout + done.stderr


def flags() -> list[str]:
    """Those of the benchmark's own kernels."""
    text = (PROJECT / "tests/benchmarks/scan.cmake").read_text()
    listed = re.search(r"target_compile_options\(scan_speed_gpu PRIVATE (.*?)\)", text, re.DOTALL).group(1)
    return [flag for flag in listed.split() if not flag.startswith("-Xcompiler")]


def release() -> str:
    return re.search(r"release ([\d.]+)", run(tool("nvcc", Path("/usr/local/cuda/bin/nvcc")), "--version")).group(1)


def integers(ptx: str, name: str) -> list[int]:
    """An array of int as the compiler writes its bytes; zeros at the end are left away."""
    size, values = re.search(rf"\.b8 {name}\[(\d+)\] = {{([^}}]*)}}", ptx).groups()
    return list(struct.unpack(f"<{int(size) // 4}i", bytes(map(int, values.split(","))).ljust(int(size), b"\0")))


def compile_bodies(bodies: dict[str, dict[str, str]], includes: list[str], work: Path) -> dict[str, Compiled]:
    """\\param bodies  C++ types, with the constants that are asked for"""
    work.mkdir(parents=True, exist_ok=True)
    nvcc, source = tool("nvcc", Path("/usr/local/cuda/bin/nvcc")), work / "kernels.cu"
    always = {"threads": "Body::threads", "blocks": "Body::blocks_per_multiprocessor", "shared_floats": "Body::shared_floats"}
    text = [f'#include "{name}"' for name in ["models/cuda/cuda_device.h", *includes]]
    text.append("using namespace continuo::parallel;")
    for index, (body, constants) in enumerate(bodies.items()):
        values = ", ".join(f"int({value.replace('Body::', body + '::')})" for value in [*always.values(), *constants.values()])
        text.append(f"extern \"C\" __device__ int constants_{index}[] = {{{values}}};")
        text.append(f"void* kernel_{index}() {{ return (void*)(&run_body<{body}>); }}")
    source.write_text("\n".join(text) + "\n")
    common = [nvcc, "-std=c++17", f"-arch={ARCHITECTURE}", "-I", str(PROJECT), *flags()]
    ptx, binary = work / "kernels.ptx", work / "kernels.cubin"
    run(*common, "-ptx", str(source), "-o", str(ptx))
    said = run(*common, "-cubin", "-Xptxas", "-v", str(source), "-o", str(binary))
    listing = run(nvdisasm(), "-c", str(binary))
    (work / "kernels.sass").write_text(listing)

    entries = re.findall(r"Compiling entry function '(\w+)'.*?(\d+) bytes spill stores, (\d+) bytes spill loads"
                         r".*?Used (\d+) registers", said, re.DOTALL)
    names = subprocess.run(["c++filt"], input="\n".join(entry[0] for entry in entries), check=True, capture_output=True,
                           text=True).stdout.splitlines()
    flows = machine_code.kernels(listing)
    found = {re.search(r"run_body<(.*)>\(", name).group(1).replace("continuo::parallel::", "").strip(): entry
             for name, entry in zip(names, entries)}
    result = {}
    for index, (body, constants) in enumerate(bodies.items()):
        mangled, stores, loads, registers = found[body]
        result[body] = Compiled(int(registers), int(stores) + int(loads),
                                dict(zip([*always, *constants], integers(ptx.read_text(), f"constants_{index}"))),
                                flows[mangled])
    return result
