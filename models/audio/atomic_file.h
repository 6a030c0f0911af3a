#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace continuo {

/// A file that appears under its name only when it is whole: written beside the target under a name of its
/// own, then renamed. Until commit() the target keeps its old contents; without commit() the part file is
/// removed, on an exception too.
///
/// The target `-` is standard output, and a target that is a device or a pipe is written straight through:
/// neither can be renamed.
///
/// [main-thread] Allocates and makes system calls. One object for one thread at a time.
class AtomicFile {
  public:
    /// Creates the part file in the target's folder.
    /// \param overwrite  whether an existing file may be replaced by commit()
    /// Throws BadInput where the target exists and may not be replaced, is a folder, or lies in a folder that
    /// does not exist; JobFailed where the part file cannot be created.
    AtomicFile(const std::filesystem::path& target, bool overwrite);
    ~AtomicFile();

    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// Appends at the current position. Throws JobFailed where not all of it could be written (full disk).
    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);

    /// Whether position() and seek() work: true for a regular file, false for standard output, devices and
    /// pipes.
    bool seekable() const noexcept { return !part_.empty(); }

    /// The descriptor behind write(), for a library that reads, writes and seeks itself.
    int descriptor() const noexcept { return descriptor_; }

    /// Flushes to the disk and puts the file in its place. Nothing may be written afterwards.
    /// Throws JobFailed where the disk refuses, BadInput where the target came to exist meanwhile and may not
    /// be replaced. The part file is removed either way.
    void commit();

    /// Throws the JobFailed for a failed system call, in one line. `error` is an errno.
    [[noreturn]] void fail(int error) const;

  private:
    std::filesystem::path name_;   // as the user gave it, for messages
    std::filesystem::path target_; // where a symbolic link leads
    std::filesystem::path part_;   // empty: written straight through, or committed
    int descriptor_ = -1;
    int registration_ = -1;
    bool overwrite_ = false;

    void close_and_remove() noexcept;
};

/// Writes a whole text file (JSON, HTML, CSV) in one go, `-` for standard output.
/// [main-thread] Allocates. Throws as AtomicFile does.
void write_file(const std::filesystem::path& target, std::string_view contents, bool overwrite);

/// Removes the part file of every AtomicFile that is not committed, for a signal handler that then ends the
/// process. Async-signal-safe; [any-thread].
void remove_part_files() noexcept;

} // namespace continuo
