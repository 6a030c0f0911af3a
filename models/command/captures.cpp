#include "models/command/captures.h"

#include "models/command/knob_arguments.h"
#include "models/common/errors.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

namespace continuo::command {

namespace {

namespace filesystem = std::filesystem;

constexpr std::uintmax_t size_limit = std::uintmax_t{16} << 20;
constexpr std::size_t knob_limit = 16;

struct Record {
    std::size_t line = 1;
    std::vector<std::string> fields;

    bool empty() const { return fields.size() == 1 && fields[0].empty(); }
};

class CsvReader {
  public:
    CsvReader(std::string_view text, const Captures& captures) : text_(text), captures_(captures) {
        if (constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; text_.starts_with(byte_order_mark))
            text_.remove_prefix(byte_order_mark.size());
    }

    bool at_end() const { return text_.empty(); }

    Record next() {
        Record record{line_, {}};
        bool more = true;
        while (more) {
            record.fields.push_back(take('"') ? quoted_field() : plain_field());
            more = take(',');
        }
        take('\r');
        if (!take('\n') && !text_.empty())
            throw BadInput(captures_.where(line_), "there is text after a closing quote",
                           "quote the whole field");
        ++line_;
        return record;
    }

  private:
    bool take(char c) {
        if (text_.empty() || text_.front() != c)
            return false;
        text_.remove_prefix(1);
        return true;
    }

    std::string plain_field() {
        const std::size_t end = std::min(text_.find_first_of(",\r\n"), text_.size());
        std::string field(text_.substr(0, end));
        text_.remove_prefix(end);
        const std::size_t first = field.find_first_not_of(" \t"), last = field.find_last_not_of(" \t");
        return first == std::string::npos ? "" : field.substr(first, last - first + 1);
    }

    std::string quoted_field() {
        std::string field;
        for (;;) {
            if (text_.empty())
                throw BadInput(captures_.where(line_), "a quote is not closed", "close it");
            const char c = text_.front();
            text_.remove_prefix(1);
            if (c == '"' && !take('"'))
                return field;
            line_ += c == '\n';
            field += c;
        }
    }

    std::string_view text_;
    const Captures& captures_;
    std::size_t line_ = 1;
};

std::string read_text(const filesystem::path& path) {
    std::error_code error;
    if (!filesystem::is_regular_file(path, error))
        throw BadInput(path.string(), "there is no such file",
                       "name a CSV file with the header dry,wet,split");
    if (filesystem::file_size(path, error) > size_limit || error)
        throw BadInput(path.string(), "this is too large for a table of recordings", "name a CSV file");
    std::ifstream stream(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream)
        throw BadInput(path.string(), "the file cannot be read", "check its permissions");
    if (text.find('\0') != std::string::npos)
        throw BadInput(path.string(), "this is not a text file", "save the table as CSV");
    return text;
}

struct Columns {
    std::size_t dry = 0, wet = 0, split = 0;
    std::vector<std::size_t> knobs;
};

Columns read_header(const Record& header, Captures& captures) {
    const std::string where = captures.where(header.line);
    const auto column = [&](const char* name) {
        const auto found = std::ranges::find(header.fields, name);
        if (found == header.fields.end())
            throw BadInput(where, std::string("the column ") + name + " is missing",
                           "begin with the header dry,wet,split and a column for each knob");
        return std::size_t(found - header.fields.begin());
    };
    Columns columns{column("dry"), column("wet"), column("split"), {}};
    for (std::size_t i = 0; i < header.fields.size(); ++i) {
        const std::string& name = header.fields[i];
        if (name.empty())
            throw BadInput(where, "column " + std::to_string(i + 1) + " has no name",
                           "name the knob or remove it");
        if (std::ranges::count(header.fields, name) > 1)
            throw BadInput(where, "the column " + name + " is there twice", "remove one");
        if (i == columns.dry || i == columns.wet || i == columns.split)
            continue;
        if (name.size() > 64)
            throw BadInput(where, "the name of a knob is longer than 64 bytes", "shorten it");
        columns.knobs.push_back(i);
        captures.knobs.push_back(name);
    }
    if (columns.knobs.size() > knob_limit)
        throw BadInput(where, "there are more than 16 knobs", "leave out those that hardly matter");
    return columns;
}

Split read_split(const std::string& text, const std::string& where) {
    if (text.empty())
        return Split::unspecified;
    for (const Split split : {Split::train, Split::validation, Split::test})
        if (text == split_name(split))
            return split;
    throw BadInput(where, "the split \"" + text + "\" is unknown",
                   "write train, validation, test, or nothing");
}

filesystem::path recording(const Record& record, std::size_t column, const char* name,
                           const Captures& captures) {
    const std::string where = captures.where(record.line), &text = record.fields[column];
    if (text.empty())
        throw BadInput(where, std::string("the ") + name + " recording is not named", "name its file");
    const filesystem::path path = captures.path.parent_path() / text;
    std::error_code error;
    if (!filesystem::exists(path, error))
        throw BadInput(where, "the recording " + path.string() + " does not exist",
                       "paths are relative to the table; correct it");
    return path;
}

} // namespace

const char* split_name(Split split) {
    switch (split) {
    case Split::train:
        return "train";
    case Split::validation:
        return "validation";
    case Split::test:
        return "test";
    case Split::unspecified:
        return "unspecified";
    }
    return "";
}

Captures read_captures(const filesystem::path& path) {
    Captures captures{path, {}, {}};
    const std::string text = read_text(path);
    CsvReader reader(text, captures);
    if (reader.at_end())
        throw BadInput(path.string(), "the table is empty", "begin with the header dry,wet,split");
    const Record header = reader.next();
    const Columns columns = read_header(header, captures);
    while (!reader.at_end()) {
        const Record record = reader.next();
        if (record.empty())
            continue;
        const std::string where = captures.where(record.line);
        if (record.fields.size() != header.fields.size())
            throw BadInput(where,
                           "there are " + std::to_string(record.fields.size()) + " fields for " +
                               std::to_string(header.fields.size()) + " columns",
                           "give each column a field");
        Capture capture{record.line,
                        recording(record, columns.dry, "dry", captures),
                        recording(record, columns.wet, "wet", captures),
                        read_split(record.fields[columns.split], where),
                        {}};
        for (std::size_t knob = 0; knob < columns.knobs.size(); ++knob)
            capture.knobs.push_back(parse_knob_value(record.fields[columns.knobs[knob]],
                                                     where + ": knob " + captures.knobs[knob]));
        captures.rows.push_back(std::move(capture));
    }
    if (captures.rows.empty())
        throw BadInput(path.string(), "the table names no recording", "add a row for each");
    return captures;
}

void expect_moving_knobs(const Captures& captures) {
    for (std::size_t knob = 0; knob < captures.knobs.size(); ++knob) {
        std::optional<float> value;
        bool moves = false;
        for (const Capture& row : captures.rows) {
            if (row.split != Split::train && row.split != Split::unspecified)
                continue;
            moves = moves || (value && *value != row.knobs[knob]);
            value = row.knobs[knob];
        }
        if (value && !moves)
            throw BadInput(captures.where(1),
                           "the knob " + captures.knobs[knob] + " has one value only in what trains",
                           "remove its column, or record it at others");
    }
}

} // namespace continuo::command
