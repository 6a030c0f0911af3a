#pragma once

#include "models/parallel/portable.h"

namespace scan_speed {

/// z ← decay z + value: what some samples that follow each other do to a state.
struct ScanPair {
    float decay_real, decay_imag, value_real, value_imag;
};

/// First `a`, then `b`; associative, and so a scan over pairs gives every state.
/// Source: Blelloch, Prefix Sums and Their Applications (1990), section 1.4.
struct ComposePairs {
    CONTINUO_HOST_DEVICE ScanPair operator()(const ScanPair& a, const ScanPair& b) const {
        using continuo::parallel::fused;
        return {fused(b.decay_real, a.decay_real, -(b.decay_imag * a.decay_imag)),
                fused(b.decay_real, a.decay_imag, b.decay_imag * a.decay_real),
                fused(b.decay_real, a.value_real, fused(-b.decay_imag, a.value_imag, b.value_real)),
                fused(b.decay_real, a.value_imag, fused(b.decay_imag, a.value_real, b.value_imag))};
    }
};

} // namespace scan_speed
