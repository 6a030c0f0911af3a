"""Do the kernels for a GPU stay within the registers that they have?

    kernel_budget.py TABLE [--update] --nvcc NVCC --include DIRECTORY --sources FILE... [--flags FLAG...]

Compiles the sources for the architectures of the table and compares what ptxas says of every kernel with the table: the
registers of a thread, and the bytes that it writes to and reads from memory for want of more. Fails where a kernel takes
more, where the table lacks it, and where the table has one that is gone. --update writes the table anew.
"""
import argparse
import concurrent.futures
import csv
import re
import subprocess
import sys
import tempfile

ARCHITECTURES = ("sm_80", "sm_90")
COLUMNS = ("kernel", "architecture", "registers", "spill_bytes")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--nvcc", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--sources", nargs="+", required=True)
    parser.add_argument("--flags", nargs=argparse.REMAINDER, default=[])
    return parser.parse_args()


def release(nvcc):
    text = subprocess.run([nvcc, "--version"], check=True, capture_output=True, text=True).stdout
    return re.search(r"release ([\d.]+)", text).group(1)


def compile_kernels(arguments, source):
    """What ptxas says of a source: no code for the host is compiled."""
    command = [arguments.nvcc, "-std=c++17", "--fatbin", "--threads", str(len(ARCHITECTURES)), "-Xptxas", "-v",
               "-I", arguments.include, *arguments.flags]
    for architecture in ARCHITECTURES:
        command += ["-gencode", f"arch={architecture.replace('sm', 'compute')},code={architecture}"]
    with tempfile.NamedTemporaryFile(suffix=".fatbin") as output:
        done = subprocess.run([*command, "-o", output.name, source], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{source} does not compile:\n{done.stderr}")
    return done.stderr


def short(name):
    """LayerOutput<16, 16, false> of void continuo::parallel::run_body<continuo::parallel::LayerOutput<...> >(...)."""
    name = name.replace("continuo::parallel::", "")
    return re.sub(r"^void run_body<(.*)>\(.*\)$", r"\1", name).strip()


def measure(arguments):
    found = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(lambda source: compile_kernels(arguments, source), arguments.sources))
    pattern = re.compile(r"Compiling entry function '(\w+)' for '(\w+)'.*?(\d+) bytes spill stores, (\d+) bytes spill loads"
                         r".*?Used (\d+) registers", re.DOTALL)
    entries = [entry for text in texts for entry in pattern.findall(text)]
    names = subprocess.run(["c++filt"], input="\n".join(entry[0] for entry in entries), check=True, capture_output=True,
                           text=True).stdout.splitlines()
    for name, (_, architecture, stores, loads, registers) in zip(names, entries):
        found[short(name), architecture] = (int(registers), int(stores) + int(loads))
    return found


def read_table(path):
    with open(path, newline="") as file:
        made_with = file.readline().removeprefix("# nvcc ").strip()
        return made_with, {(row["kernel"], row["architecture"]): (int(row["registers"]), int(row["spill_bytes"]))
                           for row in csv.DictReader(file)}


def write_table(path, made_with, rows):
    with open(path, "w", newline="") as file:
        file.write(f"# nvcc {made_with}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*key, *value) for key, value in sorted(rows.items()))


def line(key, value):
    return f'"{key[0]}",{key[1]},{value[0]},{value[1]}'


def main():
    arguments = parse_arguments()
    made_with, installed = "", release(arguments.nvcc)
    if not arguments.update:
        made_with, allowed = read_table(arguments.table)
        if installed != made_with:
            print(f"SKIPPED: the table is for nvcc {made_with}, this is {installed}")
            return 0
    found = measure(arguments)
    if arguments.update:
        write_table(arguments.table, installed, found)
        return 0
    wrong = []
    for key, value in sorted(found.items()):
        if key not in allowed:
            wrong.append(f"is not in the table; add {line(key, value)}")
        elif value[0] > allowed[key][0] or value[1] > allowed[key][1]:
            wrong.append(f"takes {value[0]} registers and {value[1]} bytes of spills, allowed are {allowed[key][0]} and "
                         f"{allowed[key][1]}; make it smaller, or change its line to {line(key, value)}")
        else:
            continue
        wrong[-1] = f"{key[0]} for {key[1]} {wrong[-1]}"
    wrong += [f"{key[0]} for {key[1]} is gone; remove its line" for key in sorted(allowed.keys() - found.keys())]
    for text in wrong:
        print(f"{arguments.table}: {text}")
    print(f"{len(found)} kernels, {len(wrong)} wrong" + ("; --update writes the table anew" if wrong else ""))
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
