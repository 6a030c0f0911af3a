#pragma once

#include <chrono>
#include <string>

namespace continuo::command {

/// One line on standard error that redraws itself, on a terminal only: nothing appears in a file or a pipe.
///
///     Training  [=========>          ]  47 %, 55 s left  loss 0.0021
class ProgressBar {
  public:
    /// [main-thread]
    explicit ProgressBar(std::string label);
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// Wipes the line, so that what comes next starts clean.
    ~ProgressBar();

    /// Draws at most ten times a second, and always at the end.
    /// \param fraction     0 to 1
    /// \param seconds_left negative: estimated from the time gone by
    /// \param detail       shown after the bar where the terminal is wide enough
    /// [main-thread] Allocates.
    void update(double fraction, double seconds_left, const std::string& detail = "");

  private:
    using Clock = std::chrono::steady_clock;

    std::string label_;
    bool terminal_;
    Clock::time_point start_ = Clock::now(), drawn_{};
};

} // namespace continuo::command
