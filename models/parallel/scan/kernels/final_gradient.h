#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// What the final state's gradient does in the last chunk of a row, which need not be whole: behind that
/// chunk q is 0 to all others, and before it what this adds is in q.
struct FinalGradient {
    std::int64_t frames; ///< of a row
    int modes;
    const float *delta_real, *delta_imag; ///< of the channel [mode]
    const Complex* gradient;              ///< of the row [mode]

    /// First sample of the chunk.
    CONTINUO_HOST_DEVICE std::int64_t begin() const {
        return (frames - 1) / ScanTile::chunk * ScanTile::chunk;
    }

    /// What it adds to q of the chunk's first sample.
    CONTINUO_HOST_DEVICE Complex adjoint(int mode) const {
        return multiply_add(power(lambda(mode), unsigned(frames - 1 - begin())), behind(mode), {0.0, 0.0});
    }

    /// What it adds to Σ q_t z_{t−1}, by the recurrences: Σ_t λ^{last−t} z_{t−1} times λ q behind the row.
    ///
    /// \param state  before the chunk
    /// \param u      the row's first sample
    CONTINUO_HOST_DEVICE Complex by_lambda(int mode, Complex state, const float* u) const {
        const Complex turn = lambda(mode);
        Complex sum{0.0, 0.0};
        for (std::int64_t t = begin(); t < frames; ++t) {
            sum = multiply_add(turn, sum, state);
            state = multiply_add(turn, state, {double(u[t]), 0.0});
        }
        return multiply_add(behind(mode), sum, {0.0, 0.0});
    }

    /// Adds to the input's gradient, a thread a sample.
    ///
    /// \param du  the row's first sample
    CONTINUO_HOST_DEVICE void add_to(float* du, int thread) const {
        const std::int64_t t = begin() + thread;
        if (thread >= ScanTile::chunk || t >= frames)
            return;
        double sum = double(du[t]);
        for (int n = 0; n < modes; ++n)
            sum += multiply_add(power(lambda(n), unsigned(frames - 1 - t)), behind(n), {0.0, 0.0}).real;
        du[t] = float(sum);
    }

  private:
    CONTINUO_HOST_DEVICE Complex lambda(int mode) const {
        return mode < modes ? Complex{1.0 + double(delta_real[mode]), double(delta_imag[mode])}
                            : Complex{0.0, 0.0};
    }
    /// λ q behind the row.
    CONTINUO_HOST_DEVICE Complex behind(int mode) const {
        return mode < modes ? Complex{gradient[mode].real, -gradient[mode].imag} : Complex{0.0, 0.0};
    }
};

} // namespace continuo::parallel
