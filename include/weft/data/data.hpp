// SPDX-License-Identifier: BSL-1.0
// Sets of examples, their batches, and readers that need no other library. data/gzip.hpp is apart:
// it needs zlib.
#pragma once

#include <weft/data/batches.hpp>
#include <weft/data/csv.hpp>
#include <weft/data/file.hpp>
#include <weft/data/labels.hpp>
#include <weft/data/permutation.hpp>
#include <weft/data/set.hpp>
