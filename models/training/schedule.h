#pragma once

#include <cstddef>
#include <vector>

namespace continuo {

/// One stretch of training with a learning rate that rises and falls once.
struct Cycle {
    enum class Origin {
        fresh,    ///< a new stack, from a seed of its own
        previous, ///< what the cycle before ended with, optimiser included
        best,     ///< the best of all cycles so far, with a new optimiser
    };
    Origin origin;
    double share;     ///< of the whole training, the shares add up to 1
    double peak_rate; ///< learning rate after warm-up
    double last_rate; ///< at its end, as a share of the peak
    bool final_loss;  ///< with the terms of the loss that only refine
};

/// The cycles of a training from scratch: a race of short ones, whose winner goes on.
std::vector<Cycle> cycles_from_scratch();

/// The cycles that adapt a trained model to a new recording.
std::vector<Cycle> cycles_from_model();

/// The learning rate at `progress` in [0, 1] of a cycle, `step` steps after its start: linear warm-up over 50
/// steps, then a cosine. Source: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm
/// restarts", eq. 5.
double learning_rate(const Cycle& cycle, double progress, std::size_t step);

} // namespace continuo
