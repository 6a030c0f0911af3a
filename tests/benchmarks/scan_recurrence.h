#pragma once

#include <cstddef>

namespace scan_speed {

/// The scan as a real-time core does it, sample after sample with channels in the lanes of registers of 8,
/// four modes at a time: what chunks are compared with. λ itself in float, which is less precise than δ and
/// takes fewer instructions. Signals are [time][channel], everything else [mode][channel], channels a
/// multiple of 8; the state is updated. Needs AVX2 and FMA. \return false where this program was built for
/// another family of processors
bool recurrence_avx2(const float* lambda_real, const float* lambda_imag, const float* readout_real,
                     const float* readout_imag, std::size_t channels, std::size_t modes, std::size_t frames,
                     const float* u, float* state_real, float* state_imag, float* y);

} // namespace scan_speed
