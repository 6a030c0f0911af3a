#pragma once

#include "models/training/data_set.h"

#include <cstddef>
#include <span>

namespace continuo {

/// What an error-to-signal ratio is made of.
struct EsrSums {
    double error = 0.0, target = 0.0, frames = 0.0;

    void add(const EsrSums& other) {
        error += other.error;
        target += other.target;
        frames += other.frames;
    }

    /// Those of one recording. \param output  what the model plays of its source from sample `start` on
    EsrSums(const ResolvedRecording& recording, std::span<const float> output, std::size_t start)
        : frames(double(recording.end - recording.begin)) {
        for (std::size_t t = recording.begin; t < recording.end; ++t) {
            const double wanted = recording.source->wet[t], difference = output[t - start] - wanted;
            error += difference * difference;
            target += wanted * wanted;
        }
    }
    EsrSums() = default;
};

} // namespace continuo
