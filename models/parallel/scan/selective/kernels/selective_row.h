#pragma once

#include "models/parallel/scan/selective/exponential.h"

namespace continuo::parallel {

/// One mode of a row's segments, which multiply a state by exp(A ΣΔ) and add what they end at if they begin
/// at 0; in double.
///
/// \tparam Modes     between the states of neighbours in memory
/// \tparam Adjoints  whether segments are counted from the last to the first, as adjoints go
template <int Modes, bool Adjoints>
struct SelectiveRow {
    int segments;
    double decay;        ///< A
    const double* spans; ///< ΣΔ [segment]
    double* states;      ///< of this mode

    /// Where segments `begin` to `end` end if the first begins at 0. Adds their ΣΔ to `span`.
    CONTINUO_HOST_DEVICE double end_of(int begin, int end, double& span) const {
        double state = 0.0;
        for (int s = begin; s < end; s += ahead) {
            const Ended ended(*this, s, end);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                if (s + i < end)
                    state = fused(ended.factor[i], state, ended.state[i]);
                span += ended.span[i];
            }
        }
        return state;
    }

    /// Replaces what segments `begin` to `end` end at by what they begin with. \return what follows them
    ///
    /// \param state  that the first begins with
    CONTINUO_HOST_DEVICE double spread(int begin, int end, double state) const {
        for (int s = begin; s < end; s += ahead) {
            const Ended ended(*this, s, end);
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                if (s + i >= end)
                    break;
                states[place(s + i) * Modes] = state;
                state = fused(ended.factor[i], state, ended.state[i]);
            }
        }
        return state;
    }

  private:
    CONTINUO_HOST_DEVICE std::int64_t place(int counted) const {
        return Adjoints ? segments - 1 - counted : counted;
    }

    /// Segments that are read, and whose factors are computed, before one has to wait for the other.
    static constexpr int ahead = 4;
    struct Ended {
        double state[ahead], span[ahead], factor[ahead];

        CONTINUO_HOST_DEVICE Ended(const SelectiveRow& row, int first, int end) {
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i) {
                const std::int64_t from = row.place(first + i < end ? first + i : end - 1);
                state[i] = row.states[from * Modes];
                span[i] = first + i < end ? row.spans[from] : 0.0;
            }
            CONTINUO_UNROLL
            for (int i = 0; i < ahead; ++i)
                factor[i] = exponential(row.decay * span[i]);
        }
    };
};

} // namespace continuo::parallel
