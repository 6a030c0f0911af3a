#include "models/parallel/scan/cpu/tail.h"

#include <vector>

namespace continuo::parallel::cpu {

namespace {

// Products and sums that the compiler finds instructions for: std::fma is a call on processors without it.
Complex multiply(const Complex& a, const Complex& b) {
    return {a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}
Complex add(const Complex& a, const Complex& b) {
    return {a.real + b.real, a.imag + b.imag};
}

/// Mode n of [column].
Complex mode(const double* columns, std::size_t half, std::size_t n) {
    return {columns[n], columns[half + n]};
}
void put(double* columns, std::size_t half, std::size_t n, const Complex& value) {
    columns[n] = value.real;
    columns[half + n] = value.imag;
}

} // namespace

void forward_tail(const ChannelTables& tables, const float* u, std::size_t samples, double* state, float* y) {
    const std::size_t half = tables.columns() / 2;
    const double* lambda = tables.powers() + tables.columns();
    for (std::size_t t = 0; t < samples; ++t) {
        double sum = 0.0;
        for (std::size_t n = 0; n < tables.modes(); ++n) {
            Complex z = multiply(mode(lambda, half, n), mode(state, half, n));
            z.real += double(u[t]);
            put(state, half, n, z);
            sum += multiply(mode(tables.readout(), half, n), z).real;
        }
        y[t] = float(sum);
    }
}

void backward_tail(const ChannelTables& tables, const float* u, const float* output_gradient,
                   std::size_t samples, const double* state, double* adjoint, float* input_gradient,
                   double* by_lambda, double* by_readout) {
    const std::size_t half = tables.columns() / 2;
    std::vector<Complex> before(samples + 1);
    std::vector<double> gradient(samples, 0.0);
    for (std::size_t n = 0; n < tables.modes(); ++n) {
        const Complex lambda = mode(tables.powers() + tables.columns(), half, n);
        const Complex readout = mode(tables.readout(), half, n);
        before[0] = mode(state, half, n);
        for (std::size_t t = 0; t < samples; ++t)
            before[t + 1] = add(multiply(lambda, before[t]), {double(u[t]), 0.0});
        Complex next = mode(adjoint, half, n), lambda_sum = mode(by_lambda, half, n),
                readout_sum = mode(by_readout, half, n);
        for (std::size_t t = samples; t-- > 0;) {
            const Complex dy{double(output_gradient[t]), 0.0};
            const Complex q = add(multiply(readout, dy), next);
            gradient[t] += q.real;
            lambda_sum = add(lambda_sum, multiply(q, before[t]));
            readout_sum = add(readout_sum, multiply(dy, before[t + 1]));
            next = multiply(lambda, q);
        }
        put(adjoint, half, n, next);
        put(by_lambda, half, n, lambda_sum);
        put(by_readout, half, n, readout_sum);
    }
    for (std::size_t t = 0; t < samples; ++t)
        input_gradient[t] = float(gradient[t]);
}

} // namespace continuo::parallel::cpu
