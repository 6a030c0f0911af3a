#include "models/audio/atomic_file.h"

#include "models/common/errors.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace continuo {

namespace {

namespace filesystem = std::filesystem;

// A signal handler may neither allocate nor lock, so the names it has to remove lie in a table of fixed size.
// A file that finds no place in it is merely not removed on Ctrl-C.
struct Registration {
    enum State : int { free, filling, active };
    std::atomic<int> state{free};
    std::array<char, 4096> path{};
};
std::array<Registration, 32> registrations;
static_assert(std::atomic<int>::is_always_lock_free);

int register_part_file(const std::string& path) {
    for (std::size_t index = 0; index < registrations.size(); ++index) {
        Registration& place = registrations[index];
        int expected = Registration::free;
        if (path.size() >= place.path.size() ||
            !place.state.compare_exchange_strong(expected, Registration::filling))
            continue;
        std::memcpy(place.path.data(), path.c_str(), path.size() + 1);
        place.state = Registration::active;
        return static_cast<int>(index);
    }
    return -1;
}

void unregister_part_file(int registration) noexcept {
    if (registration >= 0)
        registrations[static_cast<std::size_t>(registration)].state = Registration::free;
}

std::string error_text(int error) {
    return std::generic_category().message(error);
}

filesystem::path folder_of(const filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : filesystem::path(".");
}

std::string random_suffix() {
    static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device device;
    std::uniform_int_distribution<std::size_t> pick(0, letters.size() - 1);
    std::string suffix;
    for (int i = 0; i < 8; ++i)
        suffix += letters[pick(device)];
    return suffix;
}

} // namespace

AtomicFile::AtomicFile(const filesystem::path& target, bool overwrite)
    : name_(target), target_(target), overwrite_(overwrite) {
    if (target == "-") {
        name_ = "standard output";
        descriptor_ = ::dup(STDOUT_FILENO);
        if (descriptor_ < 0)
            fail(errno);
        return;
    }
    if (target.empty() || !target.has_filename())
        throw BadInput(target.empty() ? "output" : target.string(), "is no name for a file",
                       "give a file name");

    std::error_code ignored;
    // A rename would replace a symbolic link instead of the file that it leads to.
    if (filesystem::is_symlink(target, ignored)) {
        const filesystem::path resolved = filesystem::weakly_canonical(target, ignored);
        if (!resolved.empty())
            target_ = resolved;
    }
    const filesystem::file_status status = filesystem::status(target_, ignored);
    if (filesystem::is_directory(status))
        throw BadInput(name_.string(), "is a folder", "give a file name");
    if (filesystem::exists(status) && !filesystem::is_regular_file(status)) {
        descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0)
            fail(errno);
        return;
    }
    if (filesystem::exists(status) && !overwrite)
        throw BadInput(name_.string(), "exists already", "add -y to overwrite it, or choose another name");
    if (!filesystem::is_directory(folder_of(target_), ignored))
        throw BadInput(name_.string(), "the folder " + folder_of(target_).string() + " does not exist",
                       "make it first, or choose another");

    std::string stem = target_.filename().string();
    stem.resize(std::min<std::size_t>(stem.size(), 200)); // names end at 255 bytes on most file systems
    do {
        part_ = folder_of(target_) / ("." + stem + ".part-" + random_suffix());
        descriptor_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    if (descriptor_ < 0) {
        part_.clear();
        fail(errno);
    }
    registration_ = register_part_file(part_.string());
    struct stat previous {};
    if (filesystem::exists(status) && ::stat(target_.c_str(), &previous) == 0)
        (void)::fchmod(descriptor_,
                       previous.st_mode & 07777); // a file that is replaced keeps its permissions
}

AtomicFile::~AtomicFile() {
    close_and_remove();
}

void AtomicFile::close_and_remove() noexcept {
    if (descriptor_ >= 0)
        ::close(descriptor_);
    descriptor_ = -1;
    if (!part_.empty())
        ::unlink(part_.c_str());
    part_.clear();
    unregister_part_file(registration_);
    registration_ = -1;
}

void AtomicFile::fail(int error) const {
    const char* remedy = "check the disk and try again";
    if (error == ENOSPC || error == EDQUOT)
        remedy = "free some space, or write to another disk";
    else if (error == EACCES || error == EPERM || error == EROFS)
        remedy = "choose a folder that you may write to";
    else if (error == EFBIG)
        remedy = "raise the limit on the size of files, or write to another disk";
    else if (error == EPIPE)
        remedy = "check the program that reads it";
    throw JobFailed(name_.string(), "cannot be written (" + error_text(error) + ")", remedy);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            fail(errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void AtomicFile::write(std::string_view text) {
    write(std::as_bytes(std::span(text)));
}

void AtomicFile::commit() {
    if (!seekable()) {
        // Some file systems report a full disk only here.
        const int result = ::close(descriptor_);
        descriptor_ = -1;
        if (result != 0 && errno != EINTR)
            fail(errno);
        return;
    }
    int error = ::fsync(descriptor_) == 0 ? 0 : errno;
    if (error == EINVAL || error == ENOTSUP)
        error = 0; // a file system without fsync
    if (::close(descriptor_) != 0 && error == 0 && errno != EINTR)
        error = errno;
    descriptor_ = -1;
    if (error == 0) {
        // link() refuses an existing name, rename() replaces it.
        bool linked = false;
        if (!overwrite_) {
            linked = ::link(part_.c_str(), target_.c_str()) == 0;
            if (!linked && errno == EEXIST) {
                close_and_remove();
                throw BadInput(name_.string(), "exists already",
                               "add -y to overwrite it, or choose another name");
            }
        }
        if (!linked) {
            if (::rename(part_.c_str(), target_.c_str()) == 0)
                part_.clear();
            else
                error = errno;
        }
    }
    const filesystem::path folder = folder_of(target_);
    close_and_remove();
    if (error != 0)
        fail(error);
    // The rename itself is on the disk only once the folder is. Where that fails the file is whole all the
    // same.
    const int folder_descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_descriptor >= 0) {
        (void)::fsync(folder_descriptor);
        ::close(folder_descriptor);
    }
}

void write_file(const filesystem::path& target, std::string_view contents, bool overwrite) {
    AtomicFile file(target, overwrite);
    file.write(contents);
    file.commit();
}

void remove_part_files() noexcept {
    for (Registration& place : registrations)
        if (place.state == Registration::active)
            ::unlink(place.path.data());
}

} // namespace continuo
