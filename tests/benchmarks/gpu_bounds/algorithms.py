"""The forms of the scan whose bounds are computed."""
from comparator_kernels import block_scan, fft_convolution
from kernels import Algorithm
from scan_kernels import three_phases, three_phases_backward
from selective_kernels import selective_backward, selective_forward

SCAN = ["models/parallel/scan/device_scan.h"]
SELECTIVE = ["models/parallel/scan/selective/device_selective_scan.h"]

ALGORITHMS = [
    Algorithm("three phases", "CUDA, three phases", "forward", SCAN, three_phases),
    Algorithm("three phases backwards", "CUDA, three phases", "backward", SCAN, three_phases_backward),
    Algorithm("block scan (Mamba's way)", "CUDA, block scan", "forward",
              ["tests/benchmarks/gpu_comparators/block_scan.h"], block_scan),
    Algorithm("FFT convolution", "CUDA, FFT convolution", "forward",
              ["tests/benchmarks/gpu_comparators/fft_kernels.h"], fft_convolution),
    Algorithm("selective", "CUDA, selective", "S6 forward", SELECTIVE, selective_forward),
    Algorithm("selective backwards", "CUDA, selective", "S6 backward", SELECTIVE, selective_backward),
]
