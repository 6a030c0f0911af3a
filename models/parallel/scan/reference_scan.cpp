#include "models/parallel/scan/reference_scan.h"

#include <algorithm>
#include <cmath>

namespace continuo::parallel {

namespace {

using Value = std::complex<double>;

Value at(const Complex* values, std::size_t index) {
    return values != nullptr ? Value(values[index].real, values[index].imag) : Value();
}

void put(Complex* values, std::size_t index, const Value& value) {
    if (values != nullptr)
        values[index] = {value.real(), value.imag()};
}

// std::complex's own product looks for infinities, which takes most of the time.
Value product(const Value& a, const Value& b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

} // namespace

void ReferenceScan::prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) {
    modes_ = modes;
    lambda_.resize(channels * modes);
    readout_.resize(channels * modes);
    for (std::size_t i = 0; i < lambda_.size(); ++i) {
        lambda_[i] = {1.0 + double(model.delta_real[i]), double(model.delta_imag[i])};
        readout_[i] = {double(model.readout_real[i]), double(model.readout_imag[i])};
    }
}

void ReferenceScan::forward(const ScanShape& shape, const float* u, double* y, const Complex* initial,
                            Complex* final) const {
    std::vector<Value> z(modes_);
    for (std::size_t row = 0; row < shape.rows(); ++row) {
        const Value* lambda = lambda_.data() + row % shape.channels * modes_;
        const Value* readout = readout_.data() + row % shape.channels * modes_;
        for (std::size_t n = 0; n < modes_; ++n)
            z[n] = at(initial, row * modes_ + n);
        for (std::size_t t = row * shape.frames; t < (row + 1) * shape.frames; ++t) {
            double sum = 0.0;
            for (std::size_t n = 0; n < modes_; ++n) {
                z[n] = product(lambda[n], z[n]) + double(u[t]);
                sum += product(readout[n], z[n]).real();
            }
            y[t] = sum;
        }
        for (std::size_t n = 0; n < modes_; ++n)
            put(final, row * modes_ + n, z[n]);
    }
}

void ReferenceScan::forward(const ScanShape& shape, const ScanForward& arguments) {
    std::vector<double> y(shape.samples());
    forward(shape, arguments.u, y.data(), arguments.initial, arguments.final);
    std::transform(y.begin(), y.end(), arguments.y, [](double value) { return float(value); });
}

void ReferenceScan::backward(const ScanShape& shape, const ScanBackward& in, double* input_gradient) const {
    const std::size_t frames = shape.frames;
    for (double* sums : {in.delta_real, in.delta_imag, in.readout_real, in.readout_imag})
        std::fill_n(sums, shape.channels * modes_, 0.0);
    std::fill_n(input_gradient, shape.samples(), 0.0);
    std::vector<Value> before(frames + 1); // z before each sample and after the last
    for (std::size_t row = 0; row < shape.rows(); ++row) {
        const float *u = in.u + row * frames, *dy = in.output_gradient + row * frames;
        for (std::size_t n = 0; n < modes_; ++n) {
            const std::size_t place = row % shape.channels * modes_ + n;
            const Value lambda = lambda_[place], readout = readout_[place];
            before[0] = at(in.initial, row * modes_ + n);
            for (std::size_t t = 0; t < frames; ++t)
                before[t + 1] = product(lambda, before[t]) + double(u[t]);
            // p holds λ̄ p_{t+1} on entry to each step, and the final state's gradient at first.
            Value p = at(in.final_gradient, row * modes_ + n), delta, by_readout;
            for (std::size_t t = frames; t-- > 0;) {
                p += std::conj(readout) * double(dy[t]);
                input_gradient[row * frames + t] += p.real();
                delta += product(p, std::conj(before[t]));
                by_readout += std::conj(before[t + 1]) * double(dy[t]);
                p = product(std::conj(lambda), p);
            }
            in.delta_real[place] += delta.real();
            in.delta_imag[place] += delta.imag();
            in.readout_real[place] += by_readout.real();
            in.readout_imag[place] += by_readout.imag();
            put(in.initial_gradient, row * modes_ + n, p);
        }
    }
}

void ReferenceScan::backward(const ScanShape& shape, const ScanBackward& arguments) {
    std::vector<double> input_gradient(shape.samples());
    backward(shape, arguments, input_gradient.data());
    std::transform(input_gradient.begin(), input_gradient.end(), arguments.input_gradient,
                   [](double value) { return float(value); });
}

} // namespace continuo::parallel
