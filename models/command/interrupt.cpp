#include "models/command/interrupt.h"

#include "models/audio/atomic_file.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

namespace continuo::command {

namespace {

enum State : int { end_at_once, ask_first, asked };
std::atomic<int> state = end_at_once;
static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

void on_signal(int) {
    int expected = ask_first;
    if (state.compare_exchange_strong(expected, asked))
        return;
    remove_part_files();
    constexpr std::string_view wipe = "\r\033[K",
                               text = "continuo: interrupted; start it again to do the whole job\n";
    if (isatty(STDERR_FILENO) == 1) [[maybe_unused]]
        const auto wiped = write(STDERR_FILENO, wipe.data(), wipe.size());
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
    _exit(1);
}

} // namespace

void install_signal_handlers() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        sigaction(signal, &action, nullptr);
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
}

StopRequest::StopRequest() {
    state = ask_first;
}

StopRequest::~StopRequest() {
    state = end_at_once;
}

bool StopRequest::requested() const noexcept {
    return state == asked;
}

} // namespace continuo::command
