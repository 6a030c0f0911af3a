// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/snapshot.h"

#include <utility>

namespace continuo::plugin {

void History::start(Snapshot now) {
    states_.clear();
    states_.push_back(std::move(now));
    place_ = 0;
}

void History::record(Snapshot now) {
    if (now == states_[place_])
        return;
    states_.resize(place_ + 1);
    states_.push_back(std::move(now));
    if (states_.size() > most)
        states_.erase(states_.begin());
    place_ = states_.size() - 1;
}

} // namespace continuo::plugin
