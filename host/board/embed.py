#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""embed.py INPUT OUTPUT NAME: INPUT's bytes as a C array NAME, with its length."""
import sys

path, output, name = sys.argv[1:]
with open(path, "rb") as file:
    content = file.read()
with open(output, "w", encoding="ascii") as file:
    file.write("#include <stddef.h>\n")
    file.write(f"extern const char {name}[];\nextern const size_t {name}_length;\n")
    file.write(f"const size_t {name}_length = {len(content)};\n")
    file.write(f"const char {name}[] = {{{','.join(map(str, content))}}};\n")
