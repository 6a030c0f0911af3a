#include "models/command/progress_bar.h"

#include "models/command/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace continuo::command {

namespace {

std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

} // namespace

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    if (terminal_ && drawn_ != Clock::time_point{})
        std::fputs("\r\033[K", stderr);
}

void ProgressBar::update(double fraction, double seconds_left, const std::string& detail) {
    using namespace std::chrono_literals;
    const auto now = Clock::now();
    fraction = std::clamp(fraction, 0.0, 1.0);
    if (!terminal_ || (now - drawn_ < 100ms && fraction < 1.0))
        return;
    drawn_ = now;
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    if (seconds_left < 0.0)
        seconds_left = fraction > 0.0 ? elapsed * (1.0 - fraction) / fraction : 0.0;

    constexpr std::size_t width = 24;
    const auto filled = std::size_t(fraction * double(width));
    std::string bar(filled, '=');
    if (filled < width)
        bar += '>';
    bar.resize(width, ' ');
    std::string line = label_ + " [" + bar + "] " + std::to_string(int(fraction * 100.0)) + " %, " +
                       duration(seconds_left) + " left";
    if (!detail.empty())
        line += "  " + detail;
    if (const std::size_t columns = terminal_width(); line.size() >= columns)
        line.resize(columns - 1);
    std::fprintf(stderr, "\r%s\033[K", line.c_str());
}

} // namespace continuo::command
