#pragma once

#include <stdexcept>
#include <string>

namespace continuo {

/// The user's input cannot be used: a file that is missing or broken, an option out of range.
/// The message is one line, `FILE: what is wrong; what to do`. The command line ends with status 2.
struct BadInput : std::runtime_error {
    using std::runtime_error::runtime_error;
    BadInput(const std::string& subject, const std::string& wrong, const std::string& remedy)
        : std::runtime_error(subject + ": " + wrong + "; " + remedy) {}
};

/// The job was well put but could not be done: the disk is full, training diverged, Ctrl-C.
/// The message is one line of the same form. The command line ends with status 1.
struct JobFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
    JobFailed(const std::string& subject, const std::string& wrong, const std::string& remedy)
        : std::runtime_error(subject + ": " + wrong + "; " + remedy) {}
};

} // namespace continuo
