#pragma once

// Catch2 3 and 2.13 (Debian 12) name their headers, and the matcher Approx, differently.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
