# SPDX-License-Identifier: BSL-1.0
"""Writes recorded numbers as a header of constexpr tables."""
import os
import pathlib

os.environ.setdefault("TORCH_USE_RTLD_GLOBAL", "1")  # see benchmarks/peers/install.py


class Header:
    def __init__(self, script, what, versions):
        self.path = pathlib.Path(script).with_suffix(".hpp")
        self.lines = [
            "// SPDX-License-Identifier: BSL-1.0",
            f"// {what}",
            f"// Written by {pathlib.Path(script).name} with {versions}; not to be edited.",
            "#pragma once", "", f"namespace recorded::{self.path.stem} {{", "",
            "// clang-format off"]

    def add(self, name, values):
        values = [float(v) for v in values]
        self.lines.append(f"inline constexpr double {name}[] = {{")
        for i in range(0, len(values), 4):
            self.lines.append("    " + " ".join(repr(v) + "," for v in values[i:i + 4]))
        self.lines.append("};")

    def write(self):
        self.lines += ["// clang-format on", "", f"}}  // namespace recorded::{self.path.stem}"]
        self.path.write_text("\n".join(self.lines) + "\n")
