#include "models/format/streaming_model.h"

namespace continuo {

StreamingModel::StreamingModel(StreamingModel&&) noexcept = default;
StreamingModel& StreamingModel::operator=(StreamingModel&&) noexcept = default;
StreamingModel::~StreamingModel() = default;

StreamingModel::Player StreamingModel::player_for(const ModelAtRate& ready, dsp::InstructionSet set) {
    if (ready.model.is_gain())
        return Player(std::in_place_type<dsp::StreamingGain>, ready.model.gain(), ready.sample_rate, set);
    if (ready.model.is_selective())
        return Player(std::in_place_type<dsp::StreamingSelective>, ready.model.selective(), ready.sample_rate,
                      set);
    return Player(std::in_place_type<dsp::StreamingStack>, ready.model.stack(), ready.stack, set);
}

} // namespace continuo
