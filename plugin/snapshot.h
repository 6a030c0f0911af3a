// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/session.h"

#include <cstddef>
#include <vector>

namespace continuo::plugin {

/// Everything that is heard, at one moment: what plays and how the parameters stand. Small: models and
/// impulse responses are shared.
struct Snapshot {
    Session session;
    /// Of the processor's parameters, in their order; 0 for those that are no sound.
    std::vector<float> values;

    friend bool operator==(const Snapshot& one, const Snapshot& other) {
        return one.session.model == other.session.model && one.session.cabinet == other.session.cabinet &&
               one.values == other.values;
    }
};

/// What was done, to undo it and to do it again. [main-thread]
class History {
  public:
    static constexpr std::size_t most = 200; ///< older steps are forgotten

    /// Forgets everything; this is where it begins.
    void start(Snapshot now);

    /// A step was taken, and this is what it led to. Nothing where nothing changed. What was undone before
    /// can no longer be done again.
    void record(Snapshot now);

    bool can_undo() const { return place_ > 0; }
    bool can_redo() const { return place_ + 1 < states_.size(); }

    /// What to go back to, or forward; the caller must have asked whether there is one.
    const Snapshot& undo() { return states_[--place_]; }
    const Snapshot& redo() { return states_[++place_]; }

  private:
    std::vector<Snapshot> states_{Snapshot{}};
    std::size_t place_ = 0; // of what is heard now
};

} // namespace continuo::plugin
