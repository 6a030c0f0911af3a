#include "models/audio/content_hash.h"

#include <bit>

#include <xxhash.h>

namespace continuo {

static_assert(std::endian::native == std::endian::little,
              "samples are hashed in the order of their bytes in memory");

std::string content_hash(std::span<const float> samples) {
    return content_hash(std::as_bytes(samples));
}

std::string content_hash(std::span<const std::byte> bytes) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
    std::string text;
    for (const unsigned char byte : canonical.digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

} // namespace continuo
