# SPDX-License-Identifier: BSL-1.0
# awk -v page=PAGE -v out=FOLDER -f extract.awk PAGE: writes the code blocks of a page to FOLDER:
#   ```cpp             statements, a function of their own
#   ```cpp top         declarations, before all functions
#   ```cpp file=NAME   a file of its own
#   ```cpp from=PATH   a part of a file of the repository, to blocks.txt as lines PATH:TEXT
#   ```text output     what the page's program prints, to expected.txt
BEGIN { printf "" > (out "/expected.txt"); printf "" > (out "/blocks.txt") }

function place() { return "#line " (NR + 1) " \"" page "\"\n" }

/^```/ && inside {
    if (kind == "body") functions = functions "}\n"
    inside = 0
    next
}
/^```/ {
    inside = 1
    kind = "other"
    if ($0 == "```cpp") {
        kind = "body"
        functions = functions "static void block_" ++blocks "() {\n" place()
        calls = calls "    block_" blocks "();\n"
    } else if ($0 == "```cpp top") {
        kind = "top"
        top = top place()
    } else if ($0 ~ /^```cpp file=/) {
        kind = "file"
        name = out "/" substr($0, 13)
        printf "%s", place() >> name
    } else if ($0 ~ /^```cpp from=/) {
        kind = "from"
        name = substr($0, 13)
        print name ":BEGIN" > (out "/blocks.txt")
    } else if ($0 == "```text output") {
        kind = "output"
    } else if ($0 ~ /^```(cpp|c\+\+)/) {
        print page ":" NR ": not a kind of code block: " $0 > "/dev/stderr"
        exit 1
    }
    next
}
inside && kind == "body" { functions = functions $0 "\n" }
inside && kind == "top" { top = top $0 "\n" }
inside && kind == "file" { print >> name }
inside && kind == "from" { print name ":" $0 > (out "/blocks.txt") }
inside && kind == "output" { print > (out "/expected.txt") }

END {
    if (blocks > 0) printf "%s%sint main() {\n%s}\n", top, functions, calls > (out "/main.cpp")
}
