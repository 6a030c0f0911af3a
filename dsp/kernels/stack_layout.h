#pragma once

#include "dsp/kernels/stack_kernel.h"
#include "dsp/stack_parameters.h"

#include <cstddef>
#include <memory>
#include <new>

namespace continuo::dsp::kernels {

/// A stack laid out for one instruction set, with the memory that it points into.
class StackLayout {
  public:
    /// Discretises for `sample_rate` (Hz) and sorts each channel's modes so that those which float cannot
    /// hold share as few rows as possible. [main-thread] Allocates. \param parameters  validated
    StackLayout(const StackParameters& parameters, double sample_rate, const Table& table);

    const Stack& stack() const noexcept CONTINUO_REALTIME { return stack_; }

  private:
    static constexpr std::align_val_t alignment{64};
    struct Release {
        void operator()(std::byte* memory) const noexcept { ::operator delete[](memory, alignment); }
    };

    Stack stack_{};
    std::unique_ptr<std::byte[], Release> memory_;
};

/// Whether a mode is run in double precision: its time constant is beyond 14,400 samples (0.3 s at 48 kHz),
/// where float errs by more than some −110 dB, or rounding its section's coefficients to float could move its
/// response by 2e-6. \param delta_real, delta_imag  λ − 1 [any-thread] Allocates nothing. Source: measured
/// against double over frequency and Q.
bool needs_double(double delta_real, double delta_imag);

} // namespace continuo::dsp::kernels
