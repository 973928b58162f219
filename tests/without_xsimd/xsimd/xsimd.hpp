// SPDX-License-Identifier: BSL-1.0
// Stands before any installed xsimd where weft is built without one.
#error "this build has no xsimd, and a header of weft includes it"
