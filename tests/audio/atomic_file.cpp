#include "models/audio/atomic_file.h"
#include "models/audio/audio_file.h"
#include "models/common/errors.h"
#include "tests/audio/temporary_folder.h"
#include "tests/catch.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace continuo;

namespace {

// A real disk that is full after some bytes: the system itself refuses to write on.
class FullDisk {
  public:
    explicit FullDisk(rlim_t bytes) {
        previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &previous_);
        const rlimit limit{bytes, previous_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &previous_);
        std::signal(SIGXFSZ, previous_handler_);
    }

  private:
    rlimit previous_{};
    void (*previous_handler_)(int) = nullptr;
};

} // namespace

TEST_CASE("a file appears under its name only when it is whole") {
    const TemporaryFolder folder;
    {
        AtomicFile file(folder / "report.html", false);
        file.write("half ");
        CHECK_FALSE(std::filesystem::exists(folder / "report.html"));
        file.write("and half");
        file.commit();
    }
    CHECK(contents_of(folder / "report.html") == "half and half");
    CHECK(folder.files() == 1);
}

TEST_CASE("an abandoned file leaves nothing and the old one in place") {
    const TemporaryFolder folder;
    put_contents(folder / "model", "old");
    try {
        AtomicFile file(folder / "model", true);
        file.write("new");
        throw 1;
    } catch (int) {
    }
    CHECK(contents_of(folder / "model") == "old");
    CHECK(folder.files() == 1);
}

TEST_CASE("an existing file is replaced only where that is allowed") {
    const TemporaryFolder folder;
    put_contents(folder / "model", "old");
    CHECK_THROWS_AS(write_file(folder / "model", "new", false), BadInput);
    CHECK(contents_of(folder / "model") == "old");
    std::filesystem::permissions(folder / "model", std::filesystem::perms(0640));
    write_file(folder / "model", "new", true);
    CHECK(contents_of(folder / "model") == "new");
    CHECK(std::filesystem::status(folder / "model").permissions() == std::filesystem::perms(0640));

    // Somebody else may write the name while this file is being written.
    AtomicFile late(folder / "other", false);
    late.write("mine");
    put_contents(folder / "other", "theirs");
    CHECK_THROWS_AS(late.commit(), BadInput);
    CHECK(contents_of(folder / "other") == "theirs");
    CHECK(folder.files() == 2);
}

TEST_CASE("a symbolic link stays a link to the file that is written") {
    const TemporaryFolder folder;
    put_contents(folder / "real", "old");
    std::filesystem::create_symlink("real", folder / "link");
    write_file(folder / "link", "new", true);
    CHECK(std::filesystem::is_symlink(folder / "link"));
    CHECK(contents_of(folder / "real") == "new");
}

TEST_CASE("a target that cannot be is refused in one line") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(write_file(folder.path(), "x", true), BadInput);
    CHECK_THROWS_AS(write_file(folder / "no" / "such" / "file", "x", true), BadInput);
    CHECK_THROWS_AS(write_file("", "x", true), BadInput);
    CHECK(folder.files() == 0);
}

TEST_CASE("a full disk fails the job in one line and leaves nothing") {
    const TemporaryFolder folder;
    put_contents(folder / "old.wav", "old");
    const Audio audio{48000, {std::vector<float>(100000, 0.25f), std::vector<float>(100000, -0.3f)}};
    std::string message;
    for (const SampleFormat format : {SampleFormat::wav16, SampleFormat::wav24, SampleFormat::wav32f}) {
        const FullDisk disk(65536);
        message.clear();
        try {
            write_audio(folder / "old.wav", audio, format, true);
        } catch (const JobFailed& error) {
            message = error.what();
        }
        CHECK(message.find((folder / "old.wav").string() + ": cannot be written") == 0);
        CHECK(message.find('\n') == std::string::npos);
    }
    {
        const FullDisk disk(10); // even the header does not fit
        CHECK_THROWS_AS(write_audio(folder / "a.wav", audio, SampleFormat::wav16, true), JobFailed);
        CHECK_THROWS_AS(write_audio(folder / "a.flac", audio, SampleFormat::flac24, true), JobFailed);
        CHECK_THROWS_AS(write_file(folder / "a.json", "{\"more than\": \"ten bytes\"}", true), JobFailed);
    }
    CHECK(contents_of(folder / "old.wav") == "old");
    CHECK(folder.files() == 1);
}

TEST_CASE("devices are written straight through, and say when they are full") {
    write_file("/dev/null", "text", false);
    CHECK(write_audio("/dev/null", {48000, {{0.5f}}}, SampleFormat::wav16, false).clipped == 0);
    if (std::filesystem::exists("/dev/full")) {
        CHECK_THROWS_AS(write_file("/dev/full", "text", false), JobFailed);
        CHECK_THROWS_AS(write_audio("/dev/full", {48000, {{0.5f}}}, SampleFormat::flac24, false), JobFailed);
    }
}

TEST_CASE("a file for standard output arrives there whole") {
    const TemporaryFolder folder;
    const Audio audio{48000, {{0.5f, -0.25f, 0.125f}}};
    write_audio(folder / "file.wav", audio, SampleFormat::wav24, false);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto to = folder / "stdout.wav";
        if (!std::freopen(to.c_str(), "wb", stdout))
            ::_exit(1);
        write_audio("-", audio, SampleFormat::wav24, false);
        ::_exit(0);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(contents_of(folder / "stdout.wav") == contents_of(folder / "file.wav"));
}

TEST_CASE("a signal handler can remove what is half written") {
    const TemporaryFolder folder;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGTERM, [](int) {
            remove_part_files();
            ::_exit(3);
        });
        AtomicFile one(folder / "one", false), two(folder / "two", false);
        one.write("half");
        ::raise(SIGTERM);
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 3);
    CHECK(folder.files() == 0);
}
