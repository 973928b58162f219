// SPDX-License-Identifier: BSL-1.0
// The version of weft, in this one place: CMake reads it from here.
#pragma once

/// 10000 * major + 100 * minor + patch, so that a program can ask `#if WEFT_VERSION >= 200`.
#define WEFT_VERSION 100
