#pragma once

#include "models/parallel/scan/cpu/channel_tables.h"

#include <cstddef>

namespace continuo::parallel::cpu {

/// What is left of a row beyond whole chunks, sample by sample in double.
///
/// \param state  [column], before the samples; on return after them
/// [any-thread] Allocates nothing.
void forward_tail(const ChannelTables& tables, const float* u, std::size_t samples, double* state, float* y);

/// \param state    [column], before the samples
/// \param adjoint  [column], λ q after the samples; on return λ q of the first one
/// \param by_lambda, by_readout  Σ q_t z_{t−1} and Σ dy_t z_t, [column]: added to
/// [any-thread] Allocates.
void backward_tail(const ChannelTables& tables, const float* u, const float* output_gradient,
                   std::size_t samples, const double* state, double* adjoint, float* input_gradient,
                   double* by_lambda, double* by_readout);

} // namespace continuo::parallel::cpu
