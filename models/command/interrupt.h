#pragma once

namespace continuo::command {

/// From here on Ctrl-C, SIGTERM and SIGHUP remove unfinished output, say so in one line and end with status
/// 1; a write beyond a limit or to a closed pipe fails instead of killing the program. [main-thread]
void install_signal_handlers();

/// While one lives, the first Ctrl-C only asks: the job stops at a good moment. The second ends the program
/// as above.
class StopRequest {
  public:
    /// [main-thread] One at a time.
    StopRequest();
    ~StopRequest();
    StopRequest(const StopRequest&) = delete;
    StopRequest& operator=(const StopRequest&) = delete;

    /// [any-thread]
    bool requested() const noexcept;
};

} // namespace continuo::command
