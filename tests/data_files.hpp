// SPDX-License-Identifier: BSL-1.0
// Temporary files, for tests of readers; with them come caught sentences.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

#include "raised.hpp"

/// A file that is gone with its scope.
class temporary_file {
public:
    explicit temporary_file(std::string_view bytes) {
        char const* const folder = std::getenv("TMPDIR");
        path = std::string(folder ? folder : P_tmpdir) + "/weft-XXXXXX";
        int const number = mkstemp(path.data());
        std::FILE* const stream = fdopen(number, "wb");
        std::fwrite(bytes.data(), 1, bytes.size(), stream);
        std::fclose(stream);
    }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;
    ~temporary_file() { std::remove(path.c_str()); }

    std::string path;
};
