// The kernels of the selective scan, for kernel_budget alone: the library for CUDA does not have them yet.
#include "models/cuda/cuda_device.h"
#include "models/parallel/scan/selective/device_selective_scan.h"

namespace continuo::parallel {

template class DeviceSelectiveScan<CudaDevice, 4>;
template class DeviceSelectiveScan<CudaDevice, 8>;
template class DeviceSelectiveScan<CudaDevice, 16>;

} // namespace continuo::parallel
