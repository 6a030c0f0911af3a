#pragma once

#include <cstddef>
#include <vector>

namespace continuo {

/// How a cycle searches.
enum class Method {
    adam,         ///< random sequences, a learning rate that rises and falls once: finds a good neighbourhood
    quasi_newton, ///< a fixed selection of the audio and its curvature: goes down to the bottom of it
};

/// One stretch of training.
struct Cycle {
    enum class Origin {
        fresh,    ///< a new stack, from a seed of its own
        previous, ///< what the cycle before ended with
        best,     ///< the best of all cycles so far
    };
    Method method;
    Origin origin;
    double share;                 ///< of the whole training, the shares add up to 1
    double peak_rate = 0.0;       ///< Adam's learning rate after warm-up
    double last_rate = 0.0;       ///< at its end, as a share of the peak
    std::size_t most_steps = 0;   ///< Adam: the cycle ends after them, the one after it begins early
    std::size_t most_samples = 0; ///< quasi-Newton: of the selection
};

/// The cycles of a training from scratch. With little audio, two starts, of which the one goes on that does
/// better on held-out audio; with more of it, the time is better spent on one. \param samples  of training
/// audio
std::vector<Cycle> cycles_from_scratch(std::size_t samples);

/// The cycles that adapt a trained model to a new recording.
std::vector<Cycle> cycles_from_model();

/// The learning rate at `progress` in [0, 1] of a cycle, `step` steps after its start: linear warm-up over 50
/// steps, then a cosine. Source: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm
/// restarts", eq. 5.
double learning_rate(const Cycle& cycle, double progress, std::size_t step);

} // namespace continuo
