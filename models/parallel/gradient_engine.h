#pragma once

#include "models/operations/coefficient_sums.h"
#include "models/operations/stack_layout.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace continuo::parallel {

using operations::CoefficientSumLayout;
using operations::StackLayout;

/// What an engine learns from: all recordings one after the other, in the model's own scale. Plain pointers,
/// valid while the engine is made.
struct GradientSetup {
    StackLayout layout;
    const float *dry, *wet; ///< [time]
    std::int64_t frames;
};

/// A stretch of the audio that runs from rest and is scored from `warm_up` on.
struct GradientSequence {
    std::int64_t first; ///< its first sample in the audio
    std::int32_t frames, warm_up;
    std::int32_t derived_from; ///< 0, or `warm_up`: no derivative flows into the samples before it. A
                               ///< multiple of frames_per_segment
    std::int32_t setting;      ///< of the knobs: which coefficients; sequences come by ascending setting
    double plain_scale;        ///< what Σ e² counts, weights and energies included
    double emphasised_scale;   ///< the same for Σ (e[t] − 0.85 e[t−1])²
    std::uint64_t seed;        ///< of the signs, where there are any
};

/// One question to an engine. All arrays are the caller's.
struct GradientRequest {
    int settings;
    const float* coefficients; ///< [setting][StackLayout::size()]
    const float* decoder_bias; ///< [setting]
    const double* rest;        ///< the state at rest [setting][layer][mode][real, imaginary][channel]
    const GradientSequence* sequences;
    int count;
    /// false: the derivative of the sequences' losses. true: that of their outputs along random directions,
    /// operations::waveform_loss_root() of signs from each sequence's seed; no losses.
    bool along_signs;
    /// false: a row of sums for each setting, over its sequences. true: a row for each sequence.
    bool row_per_sequence;

    double* losses;   ///< written: plain_scale Σ e² + emphasised_scale Σ (…)² [sequence]
    double* sums;     ///< written: dL/d(coefficient) [row][CoefficientSumLayout::size()]
    double* adjoints; ///< written: dL/d(state before the first sample) [row][as `rest`]; of sequences with
                      ///< derived_from 0
};

/// Losses of a stack over many sequences and their derivatives by its coefficients, parallel in time: what
/// the trainer asks at each step. The same question gives the same bits, on every run and every GPU.
class GradientEngine {
  public:
    virtual ~GradientEngine() = default;
    GradientEngine() = default;
    GradientEngine(const GradientEngine&) = delete;
    GradientEngine& operator=(const GradientEngine&) = delete;

    /// Answers. A question of the same form as one before (lengths, numbers) costs a single start on the
    /// device. [main-thread] Throws std::invalid_argument for sequences that lie outside the audio, are out
    /// of order or are cut where they cannot be, std::runtime_error where the device fails or has no memory
    /// left.
    virtual void run(const GradientRequest& request) = 0;
};

/// Makes an engine for a stack that fits_parallel() (render_engine.h). Throws std::runtime_error where its
/// device has no memory left.
using MakeGradientEngine = std::function<std::unique_ptr<GradientEngine>(const GradientSetup&)>;

} // namespace continuo::parallel
