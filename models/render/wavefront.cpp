#include "models/render/wavefront.h"

namespace continuo {

Wavefront::Wavefront(std::size_t chains, std::size_t stages, std::size_t segments, std::size_t window)
    : depth_(stages), segments_(segments), window_(window), left_(chains * stages * segments),
      stages_(chains * stages) {}

bool Wavefront::ready(std::size_t chain, std::size_t stage) const {
    const auto& [segment, running] = at(chain, stage);
    if (cancelled_ || running || segment == segments_)
        return false;
    return stage == 0 ? segment < at(chain, depth_ - 1).done + window_ : segment < at(chain, stage - 1).done;
}

bool Wavefront::has_task() const {
    for (std::size_t i = 0; i < stages_.size(); ++i)
        if (ready(i / depth_, i % depth_))
            return true;
    return false;
}

std::optional<WavefrontTask> Wavefront::take(const std::optional<WavefrontTask>& after) {
    const auto start = [this](std::size_t chain, std::size_t stage) {
        Stage& taken = stages_[chain * depth_ + stage];
        taken.running = true;
        ++running_;
        return WavefrontTask{chain, stage, taken.done};
    };
    const std::size_t chains = stages_.size() / depth_,
                      first = after && after->chain < chains ? after->chain : 0;
    if (after && after->stage + 1 < depth_ && ready(first, after->stage + 1))
        return start(first, after->stage + 1);
    for (std::size_t i = 0; i < chains; ++i)
        for (std::size_t chain = (first + i) % chains, stage = depth_; stage-- > 0;)
            if (ready(chain, stage))
                return start(chain, stage);
    return std::nullopt;
}

void Wavefront::finish(const WavefrontTask& task) {
    Stage& stage = stages_[task.chain * depth_ + task.stage];
    stage.running = false;
    ++stage.done;
    --running_;
    --left_;
}

std::size_t Wavefront::segments_done() const {
    std::size_t sum = 0;
    for (std::size_t i = depth_ - 1; i < stages_.size(); i += depth_)
        sum += stages_[i].done;
    return sum;
}

} // namespace continuo
