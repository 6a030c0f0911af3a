// All kernels of the scan for a GPU, for kernel_budget: no program runs them from here.
#include "models/cuda/cuda_device.h"
#include "models/parallel/scan/device_scan.h"

template class continuo::parallel::DeviceScan<continuo::parallel::CudaDevice, 8>;
template class continuo::parallel::DeviceScan<continuo::parallel::CudaDevice, 16>;
