#include "models/command/recording_records.h"

#include "models/audio/content_hash.h"

#include <map>
#include <span>
#include <string>

namespace continuo::command {

std::vector<RecordingRecord> recording_records(const DataSet& data) {
    const auto seconds = [&](const Recording& recording) {
        return double(recording.dry.size()) / data.sample_rate;
    };
    std::vector<RecordingRecord> records;
    if (data.recordings.size() <= most_recording_records) {
        for (const Recording& recording : data.recordings)
            records.push_back({recording.name, recording.hash, seconds(recording)});
        return records;
    }
    struct Setting {
        std::size_t record, count;
        std::string hashes;
    };
    std::map<std::vector<float>, Setting> settings;
    for (const Recording& recording : data.recordings) {
        const auto [found, fresh] = settings.try_emplace(recording.knobs, Setting{records.size(), 0, {}});
        Setting& setting = found->second;
        if (fresh)
            records.push_back({recording.name, {}, 0.0});
        ++setting.count;
        setting.hashes += recording.hash;
        records[setting.record].seconds += seconds(recording);
    }
    for (const auto& [knobs, setting] : settings) {
        RecordingRecord& record = records[setting.record];
        if (setting.count > 1)
            record.name += " and " + std::to_string(setting.count - 1) + " more";
        record.hash = content_hash(std::as_bytes(std::span(setting.hashes)));
    }
    return records;
}

} // namespace continuo::command
