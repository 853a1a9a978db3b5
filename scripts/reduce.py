#!/usr/bin/env python3
"""Makes a failing model (.elba) or IR text smaller, as long as a command says that it still fails in the same way.

    scripts/reduce.py model.elba 'elba check {} 2>&1 | grep -q E0305'
    scripts/reduce.py f.ir '! elba opt --passes=expand,fuse --check-gradient {}'

COMMAND is a line of the shell in which {} is the file; exit status 0 means that the file is still of interest. FILE
itself is left alone; the result stands in FILE.reduced.elba (.ir), or where --out says. What is tried, from coarse to
fine, again and again until nothing is left to take away: runs of statements, declarations, functions and operations
(delta debugging: Zeller and Hildebrandt 2002, within each block); a block replaced by what stands in it; of IR, an
operation replaced by one of its operands or by 1; runs of words within a line.
"""
import argparse
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAIRS = {"(": ")", "[": "]", "{": "}"}
WORD = re.compile(r'"(?:\\.|[^"\\])*"|//.*|[%@]?[A-Za-z_][\w.]*|%\d+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|->|\s+|.')


def is_balanced(words):
    open_ones = []
    for word in words:
        if word in PAIRS:
            open_ones.append(PAIRS[word])
        elif word in PAIRS.values() and (not open_ones or open_ones.pop() != word):
            return False
    return not open_ones


def one_statement_a_line(text):
    """A model with a line break after each `;`, `{` and `}` that is in no parentheses and no string."""
    out, depth = [], 0
    for word in (word for line in text.split("\n") for word in WORD.findall(line) + ["\n"]):
        if word.startswith("//"):
            continue
        depth += (word in "([") - (word in ")]")
        if word == "}" and depth == 0:
            out.append("\n")
        out.append(word if depth == 0 or word != "\n" else " ")
        if word in ";{}" and depth == 0:
            out.append("\n")
    return "".join(line.strip() + "\n" for line in "".join(out).split("\n") if line.strip())


def change_of_depth(line):
    """(closes, opens): a line `} else {` closes one block and opens one."""
    words, opens, closes = WORD.findall(line), 0, 0
    for word in words:
        if word == "{":
            opens += 1
        elif word == "}":
            if opens:
                opens -= 1
            else:
                closes += 1
    return closes, opens


def blocks_of(lines):
    """The children of each block, outermost first: lists of (first, last) lines. A child that is a block itself ends with its `}`."""
    lists, stack = [[]], [(None, 0)]  # of the stack: the line of the head, and which list
    for at, line in enumerate(lines):
        closes, opens = change_of_depth(line)
        if not closes and not opens:
            lists[stack[-1][1]].append((at, at))
        for left in range(min(closes, len(stack) - 1), 0, -1):
            head, _ = stack.pop()
            if left == 1 and opens:  # `} else {`: the same block goes on
                opens -= 1
                lists.append([])
                stack.append((head, len(lists) - 1))
            else:
                lists[stack[-1][1]].append((head, at))
        for _ in range(opens):
            lists.append([])
            stack.append((at, len(lists) - 1))
    return lists


def closing(lines, at):
    """The line that closes what `at` opens."""
    depth = 1
    for last in range(at + 1, len(lines)):
        closes, opens = change_of_depth(lines[last])
        depth -= closes
        if depth <= 0:
            return last
        depth += opens
    return len(lines) - 1


def without(lines, ranges):
    gone = {at for first, last in ranges for at in range(first, last + 1)}
    return [line for at, line in enumerate(lines) if at not in gone]


class Reducer:
    def __init__(self, path, command, seconds, patience):
        self.command, self.patience = command, patience
        self.start, self.end = time.monotonic(), time.monotonic() + seconds if seconds else float("inf")
        self.folder = tempfile.TemporaryDirectory(prefix="elba-reduce-")
        self.file = Path(self.folder.name) / path.name
        self.tests, self.tried = 0, set()
        self.is_ir = path.suffix == ".ir"

    def is_wanted(self, lines):
        text = "".join(line + "\n" for line in lines)
        if text in self.tried:
            return False
        if time.monotonic() > self.end:
            raise TimeoutError
        self.tried.add(text)
        self.tests += 1
        self.file.write_text(text)
        try:
            line = self.command.replace("{}", shlex.quote(str(self.file)))
            return subprocess.run(line, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=self.patience).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def keep(self, lines):
        self.lines = lines
        print(f"{len(lines):6} lines {sum(map(len, lines)) + len(lines):8} bytes {self.tests:6} tests "
              f"{time.monotonic() - self.start:8.1f} s", flush=True)

    def attempt(self, lines):
        if lines != self.lines and self.is_wanted(lines):
            self.keep(lines)
            return True
        return False

    # Runs of the children of one block, halves first, then ever smaller ones. The blocks are found anew after every
    # success, since lines have moved.
    def remove_children(self):
        at_list = 0
        while at_list < len(blocks_of(self.lines)):
            size = max(len(blocks_of(self.lines)[at_list]), 1)
            while size >= 1:
                first = 0
                while True:
                    lists = blocks_of(self.lines)
                    children = lists[at_list] if at_list < len(lists) else []
                    if first >= len(children):
                        break
                    if not self.attempt(without(self.lines, children[first:first + size])):
                        first += size
                size //= 2
            at_list += 1

    # The head and the end of a block go, or an `else` with its branch.
    def unwrap_blocks(self):
        at = 0
        while at < len(self.lines):
            closes, opens = change_of_depth(self.lines[at])
            last = closing(self.lines, at) if opens else at
            if opens and self.attempt(without(self.lines, [(at, last - 1)] if closes else [(at, at), (last, last)])):
                continue
            at += 1

    # %r = op %a, %b : type. The uses of %r, up to the end of the function, become %a, %b, 1.0 or 1.
    def replace_results(self):
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            found = re.match(r"\s*((?:%[\w.]+(?:, )?)+) = (.*)", line)
            if not found:
                at += 1
                continue
            results, rest = found.group(1).split(", "), found.group(2)
            last = closing(self.lines, at) if change_of_depth(line)[1] else at
            end = next((k for k in range(last, len(self.lines)) if re.match(r"\s*func ", self.lines[k])), len(self.lines))
            others = list(dict.fromkeys(re.findall(r"%[\w.]+", rest.split("{")[0]))) + ["1.0", "1"]
            for other in others:
                tail = [re.sub(r"%[\w.]+", lambda name: other if name.group() in results else name.group(), text)
                        for text in self.lines[last + 1:end]]
                if self.attempt(self.lines[:at] + tail + self.lines[end:]):
                    break
            else:
                at += 1

    def remove_words(self):
        for at in range(len(self.lines)):
            words = WORD.findall(self.lines[at])
            size = len(words) // 2
            while size >= 1:
                first = 0
                while first + size <= len(words):
                    gone = words[first:first + size]
                    fewer = words[:first] + words[first + size:]
                    if is_balanced(gone) and "".join(gone).strip() and "".join(fewer).strip() and \
                            self.attempt(self.lines[:at] + ["".join(fewer)] + self.lines[at + 1:]):
                        words = fewer
                    else:
                        first += 1
                size = size // 2 if size > 8 else size - 1

    def run(self, text):
        lines = [line for line in text.split("\n") if line.strip()]
        self.lines = text.rstrip("\n").split("\n")
        if not self.is_wanted(self.lines):
            sys.exit(f"reduce.py: the command does not end with status 0 for the file as it is: {self.command}")
        self.keep(self.lines)
        self.attempt(lines)
        if not self.is_ir:
            self.attempt(one_statement_a_line("\n".join(self.lines)).rstrip("\n").split("\n"))
        try:
            before = None
            while before != self.lines:
                before = self.lines
                self.remove_children()
                self.unwrap_blocks()
                if self.is_ir:
                    self.replace_results()
                if before == self.lines:
                    self.remove_words()
        except (KeyboardInterrupt, TimeoutError):
            print("stopped before the end; the smallest file so far is kept", flush=True)
        return "".join(line + "\n" for line in self.lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("command", help="a line of the shell; {} is the file")
    parser.add_argument("--out", type=Path, help="where the result is written")
    parser.add_argument("--seconds", type=float, default=0, help="stop after this long with what there is")
    parser.add_argument("--patience", type=float, default=60, help="seconds that the command may take; longer is no interest")
    options = parser.parse_args()
    if "{}" not in options.command:
        sys.exit("reduce.py: the command does not say where the file goes: write {}")
    out = options.out or options.file.with_suffix(".reduced" + options.file.suffix)
    reducer = Reducer(options.file, options.command, options.seconds, options.patience)
    result = reducer.run(options.file.read_text())
    out.write_text(result)
    print(f"{out}:\n{result}", end="")


if __name__ == "__main__":
    main()
