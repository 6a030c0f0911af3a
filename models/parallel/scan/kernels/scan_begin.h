#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"
#include "models/parallel/scan/published.h"

namespace continuo::parallel {

/// Before a scan: nothing is published but the state that every row begins with.
template <int Modes>
struct ScanBegin {
    static constexpr int threads = 256;
    static constexpr int blocks_per_multiprocessor = 8;
    static constexpr int each = 8; ///< numbers for each thread
    static constexpr int shared_floats = 0;

    struct Arguments {
        std::int64_t starts, ends; ///< how many
        int channels, modes, groups;
        const float* tables;    ///< [channel][ScanTables::floats]
        const Complex* initial; ///< [row][mode], or null for 0
        Complex* published;     ///< starts [row][group][Modes], then ends
    };
    static std::size_t blocks(const Arguments& in) {
        return std::size_t((in.starts + in.ends + threads * each - 1) / (threads * each));
    }

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const std::int64_t first = std::int64_t(group.block()) * threads * each + group.thread();
        for (int k = 0; k < each; ++k) {
            const std::int64_t i = first + k * threads, number = i / Modes;
            if (i < in.starts && number % in.groups == 0)
                in.published[i] = initial(in, int(number / in.groups), int(i % Modes));
            else if (i < in.starts + in.ends)
                in.published[i] = unpublished();
        }
    }

  private:
    CONTINUO_HOST_DEVICE static Complex initial(const Arguments& in, int row, int mode) {
        if (in.initial == nullptr || mode >= in.modes)
            return {0.0, 0.0};
        const float* tables = in.tables + std::int64_t(row % in.channels) * ScanTables<Modes>::floats;
        const double scale = double(tables[ScanTables<Modes>::state_scales + mode]);
        const Complex& state = in.initial[std::int64_t(row) * in.modes + mode];
        return {scale * state.real, scale * state.imag};
    }
};

} // namespace continuo::parallel
