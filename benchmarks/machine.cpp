// SPDX-License-Identifier: BSL-1.0
// Prints the limits of this machine, one core: as JSON lines, or (`--serve`) for each requested
// footprint in bytes, so that report.py measures the limit of a case beside the case.
#include "machine.hpp"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string_view>

namespace {

void print(std::size_t footprint, double seconds) {
    double const peak = bench::machine::peak_gflops(seconds);
    auto const rate = bench::machine::measure_bandwidth(footprint, seconds);
    std::printf(
        "{\"footprint\": %zu, \"gflops\": %.1f, \"read\": %.1f, \"write\": %.1f, "
        "\"triad\": %.1f}\n",
        footprint, peak, rate.read, rate.write, rate.triad);
    std::fflush(stdout);
}

std::size_t cache(int name, std::size_t otherwise) {
    long const size = sysconf(name);
    return size > 0 ? static_cast<std::size_t>(size) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t const l1 = cache(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
    std::size_t const l2 = cache(_SC_LEVEL2_CACHE_SIZE, 1 << 20);
    if (argc > 1 && std::string_view(argv[1]) == "--serve") {
        std::cout << "{\"levels\": [" << l1 / 2 << ", " << l2 / 2 << ", " << (256 << 20) << "]}"
                  << std::endl;
        std::size_t footprint = 0;
        double seconds = 0;
        while (std::cin >> footprint >> seconds) print(footprint, seconds);
        return 0;
    }
    for (std::size_t const footprint : {l1 / 2, l2 / 2, std::size_t{256} << 20})
        print(footprint, 0.3);
    return 0;
}
