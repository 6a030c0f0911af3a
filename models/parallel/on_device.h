#pragma once

#include "models/common/errors.h"

#include <stdexcept>

namespace continuo::parallel {

/// Does what `work` does on a GPU; that it has failed is the job's failure, in one line with a way out.
/// [any-thread] Throws JobFailed in place of std::runtime_error.
template <class Work>
auto on_device(const Work& work) {
    try {
        return work();
    } catch (const std::runtime_error& failure) {
        throw JobFailed("--device cuda", failure.what(), "use --device cpu");
    }
}

} // namespace continuo::parallel
