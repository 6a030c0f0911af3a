#pragma once

#include <cstddef>
#include <span>

namespace continuo::operations {

/// What a waveform loss divides its squared errors by: sums over the samples that it scores, above zero.
struct WaveformEnergies {
    double plain;        ///< Σ y²
    double pre_emphasis; ///< Σ (y[t] − 0.85 y[t−1])²
};

/// The energies of `target` from sample `first` on; the sample before the span counts as 0.
/// [any-thread] Allocates nothing.
WaveformEnergies waveform_energies(std::span<const float> target, std::size_t first);

struct WaveformLossWeights {
    double pre_emphasis = 0.5; ///< the share of the pre-emphasised error, 0 to 1; the rest is plain
    double offset = 0.0;       ///< the weight of the DC term, ≥ 0
};

/// The loss of one segment, with e = output − target and sums over the n samples from `first` on:
///
///     (1 − p) Σ e² / D + p Σ (e[t] − 0.85 e[t−1])² / D_pre + w (Σ e / n)² / (D / n)
///
/// p and w are the weights, D and D_pre the energies. The first two terms are error-to-signal ratios where
/// the energies are those of the target. The sample before `first` takes part in the value and counts as
/// constant in the gradient; before the span it is 0.
///
/// [any-thread] Allocates nothing. Throws std::invalid_argument where the spans differ in length.
///
/// \param output_gradient  dL/d(output) is added to it from `first` on
/// \return the loss; 0 where `first` leaves no samples
///
/// Source: Wright, Välimäki 2020, "Perceptual loss function for neural modelling of audio systems".
double waveform_loss(std::span<const float> target, std::span<const float> output, std::size_t first,
                     const WaveformEnergies& energies, const WaveformLossWeights& weights,
                     std::span<float> output_gradient);

/// A square root R of the matrix H = ∂²L/∂output² of a waveform_loss() without its DC term, H = R Rᵀ, times
/// two vectors of signs: white signs give vectors whose covariance is H, and derivatives of the output along
/// them have the Gauss-Newton matrix of the loss as theirs.
///
/// [any-thread] Allocates nothing. Throws std::invalid_argument where the spans differ in length.
///
/// \param plain, pre_emphasised  as long as the output; those before `first` are not read
/// \param product  set to R · signs from `first` on, to 0 before
///
/// Source: Schraudolph 2002, "Fast curvature matrix-vector products for second-order gradient descent"; the
/// root by hand.
void waveform_loss_root(std::span<const float> plain, std::span<const float> pre_emphasised,
                        std::size_t first, const WaveformEnergies& energies,
                        const WaveformLossWeights& weights, std::span<float> product);

} // namespace continuo::operations
