#pragma once

#include "models/parallel/scan/kernels/chunk_states.h"
#include "models/parallel/scan/kernels/look_back.h"
#include "models/parallel/scan/kernels/scan_end.h"
#include "models/parallel/scan/kernels/staged_tile.h"

namespace continuo::parallel {

/// The scan in one pass over the signal. A block of threads keeps to one channel, whose tables it holds, and
/// takes every so manieth tile of its rows, those of all batches before those that follow in time. All blocks
/// run at the same time (see LookBack).
template <int Modes>
struct ScanRows {
    using Tables = ScanTables<Modes>;
    using States = ChunkStates<Modes>;
    static constexpr int threads = ScanTile::threads;
    static constexpr int blocks_per_multiprocessor = 3;
    static constexpr int lefts = ScanTile::sixteens + Tables::state_lefts;
    static constexpr int state_floats = 2 * ScanTile::warps * Modes;
    static constexpr int shared_floats =
        Tables::floats + StagedTile::shared_floats + LookBack<Modes>::shared_floats + state_floats +
        warp_lanes_floats<threads> + warp_matrix_floats<ScanTile::row_tiles, lefts, threads>;

    struct Arguments {
        std::int64_t frames; ///< of a row
        int batch, channels;
        int first_channel, some_channels; ///< those that are worked on
        int tiles;                        ///< of a row
        int group, groups;                ///< tiles in a group, groups in a row
        int blocks;                       ///< for each channel
        bool vectors;                     ///< rows begin at multiples of 16 bytes
        const float* tables;              ///< [channel][ScanTables::floats]
        const float* u;                   ///< [row][time]
        Complex* starts;                  ///< [row][group][Modes], see ScanBegin
        Complex* ends;                    ///< [row][tile][Modes]
        float* y;                         ///< [row][time]
        ScanRemainder* remainders;        ///< written for ScanEnd [row][Modes], or null
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        ScanRows<Modes>::Walk<Group>(in, group).run();
    }

  private:
    template <class Group>
    class Walk;
};

/// What a block does.
template <int Modes>
template <class Group>
class ScanRows<Modes>::Walk {
  public:
    CONTINUO_HOST_DEVICE Walk(const Arguments& in, Group& group)
        : in_(in), group_(group), thread_(group.thread()), lane_(thread_ % 32),
          channel_(in.first_channel + group.block() % in.some_channels), tables_(group.shared()),
          lanes_(group, tables_ + lanes_place),
          matrix_(group, tables_ + lanes_place + warp_lanes_floats<threads>) {}

    CONTINUO_HOST_DEVICE void run() {
        load_tables(group_, in_.tables + std::int64_t(channel_) * Tables::floats, Tables::floats, tables_);
        group_.barrier();
        const int number = group_.block() / in_.some_channels;
        Place place{number / in_.batch, number % in_.batch};
        if (place.tile < in_.tiles)
            begin(place);
        CONTINUO_ROLLED
        for (int turn = 0; place.tile < in_.tiles; turn ^= 1) {
            thread_ = thread_anew(group_);
            lane_ = thread_ % 32;
            place = tile(place, turn);
        }
    }

  private:
    static constexpr int staged_place = Tables::floats,
                         look_back_place = staged_place + StagedTile::shared_floats,
                         starts_place = look_back_place + LookBack<Modes>::shared_floats,
                         lanes_place = starts_place + state_floats;

    /// Which tile of which of the channel's rows.
    struct Place {
        int tile, batch;
    };
    CONTINUO_HOST_DEVICE Place next(Place place) const {
        place.tile += in_.blocks / in_.batch;
        place.batch += in_.blocks % in_.batch;
        if (place.batch < in_.batch)
            return place;
        return {place.tile + 1, place.batch - in_.batch};
    }
    CONTINUO_HOST_DEVICE int row_of(const Place& place) const {
        return place.batch * in_.channels + channel_;
    }
    CONTINUO_HOST_DEVICE void begin(const Place& place) {
        StagedTile(thread_, tables_ + staged_place)
            .begin(in_.u + row_of(place) * in_.frames, std::int64_t(place.tile) * ScanTile::samples,
                   in_.frames, in_.vectors);
    }

    /// \return the place of the next one, whose samples are on their way
    CONTINUO_HOST_DEVICE Place tile(const Place& place, int turn) {
        const float input_scale = take_input();
        const Place after_this = next(place);
        if (after_this.tile < in_.tiles)
            begin(after_this);
        States states;
        ComplexFloat before[States::modes], after[States::modes];
        into_states(input_scale, states);
        states.scan(lanes_, lane_, tables_ + Tables::chunk_powers, before, after);
        const LookBack<Modes> look_back(thread_, turn, tables_, tables_ + look_back_place);
        ComplexFloat* ends = look_back.ends() + thread_ / 32 * Modes;
        if (lane_ >= 28) {
            CONTINUO_UNROLL
            for (int n = 0; n < States::modes; ++n)
                ends[4 * n + lane_ % 4] = after[n];
        }
        const int row = row_of(place);
        if (in_.remainders != nullptr && place.tile + 1 == in_.tiles && last_chunk() / 4 == thread_ / 4) {
            CONTINUO_UNROLL
            for (int n = 0; n < States::modes; ++n) {
                const ComplexFloat local =
                    states.local(lane_, tables_ + Tables::chunk_powers, before[n], n, last_chunk() % 4);
                in_.remainders[std::int64_t(row) * Modes + 4 * n + lane_ % 4].local = {double(local.real),
                                                                                       double(local.imag)};
            }
        }
        group_.barrier();
        const int in_group = place.tile % in_.group;
        Complex* own_ends = in_.ends + (std::int64_t(row) * in_.tiles + place.tile) * Modes;
        const bool ends_group = in_group + 1 == in_.group;
        if (!ends_group)
            look_back.publish_end(own_ends);
        Complex* group_start = in_.starts + (std::int64_t(row) * in_.groups + place.tile / in_.group) * Modes;
        look_back.gather(in_group, group_start, own_ends - in_group * Modes);
        group_.barrier();
        const Complex start = look_back.start();
        if (ends_group && place.tile + 1 < in_.tiles)
            look_back.publish_group_start(start, group_start + Modes);
        ComplexFloat* warp_start =
            reinterpret_cast<ComplexFloat*>(tables_ + starts_place) + thread_ / 32 * Modes;
        if (lane_ < Modes)
            warp_start[lane_] = {float(start.real), float(start.imag)};
        if (in_.remainders != nullptr && place.tile + 1 == in_.tiles &&
            last_chunk() / ScanTile::warp_chunks == thread_ / 32 && lane_ < Modes)
            in_.remainders[std::int64_t(row) * Modes + lane_].start = start;
        warp_barrier(group_);
        states.spread(lane_, tables_ + Tables::chunk_powers, tables_ + Tables::lane_powers, warp_start,
                      before);
        const float state_scale = take_states(states);
        write_output(row, std::int64_t(place.tile) * ScanTile::samples, input_scale, state_scale);
        return after_this;
    }

    /// The warp's samples as left operands. \return what takes them back to their size
    CONTINUO_HOST_DEVICE float take_input() {
        Float4 u[ScanTile::sixteens][4];
        const StagedTile staged(thread_, tables_ + staged_place);
        staged.finish(group_);
        staged.read(u);
        float most = 0.0f;
        CONTINUO_UNROLL
        for (int k = 0; k < 16 * ScanTile::sixteens; ++k)
            most = fmaxf(most, fabsf(u[k / 16][k / 4 % 4].value[k % 4]));
        const Scale scale = scale_of(lanes_.largest(most)); // here every thread has read
        CONTINUO_UNROLL
        for (int j = 0; j < ScanTile::sixteens; ++j) {
            LeftOperand<ScanTile::row_tiles> operand;
            CONTINUO_UNROLL
            for (int k = 0; k < 4 * ScanTile::row_tiles; ++k) {
                const float* two = &u[j][k / 4 * 2 + k % 2].value[k % 4 / 2 * 2];
                operand.set(k / 4, k % 4, scale.to * two[0], scale.to * two[1]);
            }
            matrix_.left(j, operand);
        }
        matrix_.share();
        return scale.from;
    }

    /// S = E U
    CONTINUO_HOST_DEVICE void into_states(float input_scale, States& states) {
        CONTINUO_UNROLL
        for (int n = 0; n < States::modes; n += 2) {
            const float *scales = tables_ + Tables::state_scales + 4 * n + lane_ % 4,
                        *tables = tables_ + (Tables::into_states + n) * right_operand_floats;
            const float scale = input_scale * two_to(-into_states_exponent);
            CONTINUO_UNROLL
            for (int i = 0; i < 8; ++i)
                states.set(n + i / 4, i % 4, {0.0f, 0.0f});
            CONTINUO_UNROLL
            for (int j = 0; j < ScanTile::sixteens; ++j)
                matrix_.multiply_add(j, tables + j * Tables::state_tiles * right_operand_floats,
                                     scale * scales[0], scale * scales[4], states.sums + n);
        }
    }

    /// The states before the warp's chunks as left operands. \return what takes them back to their size
    CONTINUO_HOST_DEVICE float take_states(const States& states) {
        const Scale scale = scale_of(lanes_.largest(states.largest()));
        CONTINUO_UNROLL
        for (int j = 0; j < Tables::state_lefts; ++j)
            matrix_.left(ScanTile::sixteens + j, states.left_operand(j, scale.to));
        matrix_.share();
        return scale.from;
    }

    /// Y = K U + G s, 16 samples of every chunk after the other.
    CONTINUO_HOST_DEVICE void write_output(int row, std::int64_t tile_begin, float input_scale,
                                           float state_scale) {
        const float input_factor = input_scale * tables_[Tables::scales];
        const float state_factor = state_scale * two_to(-from_states_exponent);
        const std::int64_t first = tile_begin + 4 * (thread_ / 4) * ScanTile::chunk + 4 * (thread_ % 4);
        const std::int64_t left = in_.frames - first;
        const bool whole = in_.vectors && tile_begin + ScanTile::samples <= in_.frames;
        const int there = left < ScanTile::samples ? int(left) : ScanTile::samples;
        float* to = in_.y + row * in_.frames + first;
        CONTINUO_UNROLL
        for (int sixteen = 0; sixteen < ScanTile::sixteens; ++sixteen) {
            float y[2][ScanTile::row_tiles][4] = {};
            CONTINUO_UNROLL
            for (int j = 0; j < Tables::state_lefts; ++j)
                matrix_.multiply_add(ScanTile::sixteens + j,
                                     tables_ +
                                         (Tables::from_states + 2 * (sixteen * Tables::state_lefts + j)) *
                                             right_operand_floats,
                                     state_factor, state_factor, y);
            CONTINUO_UNROLL
            for (int j = 0; j <= sixteen; ++j)
                matrix_.multiply_add(j,
                                     tables_ + (Tables::impulse + 2 * (sixteen - j)) * right_operand_floats,
                                     input_factor, input_factor, y);
            if (whole) {
                CONTINUO_UNROLL
                for (int i = 0; i < 4; ++i)
                    *reinterpret_cast<Float4*>(to + i * ScanTile::chunk + 16 * sixteen) = {
                        {y[0][i / 2][i % 2 * 2], y[0][i / 2][i % 2 * 2 + 1], y[1][i / 2][i % 2 * 2],
                         y[1][i / 2][i % 2 * 2 + 1]}};
            } else {
                CONTINUO_UNROLL
                for (int k = 0; k < 16; ++k) {
                    const int t = k / 4 * ScanTile::chunk + 16 * sixteen + k % 4;
                    if (t < there)
                        to[t] = y[k % 4 / 2][k / 8][k / 4 % 2 * 2 + k % 2];
                }
            }
        }
    }

    /// Number in its tile of the row's last chunk.
    CONTINUO_HOST_DEVICE int last_chunk() const {
        return int((in_.frames - 1) / ScanTile::chunk % (ScanTile::samples / ScanTile::chunk));
    }

    const Arguments& in_;
    Group& group_;
    int thread_, lane_, channel_;
    float* tables_;
    WarpLanes<Group, threads> lanes_;
    WarpMatrix<Group, ScanTile::row_tiles, lefts, threads> matrix_;
};

} // namespace continuo::parallel
