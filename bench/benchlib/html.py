# SPDX-License-Identifier: GPL-2.0
"""The report: one HTML file with nothing outside of it. The plots are drawn by
matplotlib (Debian: python3-matplotlib); without it there are tables only."""

import html
import io

from .figures import DISK, slower
from .text import disk_rows, host_lines, mix_rows, names_ordered, notes, table_rows

try:
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
except ImportError:
    pyplot = None

STYLE = """body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;font-size:13px}
td,th{padding:.15em .8em;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}
pre{background:#f4f4f4;padding:.6em;overflow:auto}
.fail{color:#b00;font-weight:bold} svg{max-width:100%;height:auto}"""


def escape(text):
    return html.escape(str(text))


def table_html(rows):
    head = "".join(f"<th>{escape(c)}</th>" for c in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) +
                   "</tr>\n" for row in rows[1:])
    return f"<table><tr>{head}</tr>\n{body}</table>"


def plot_svg(title, names, subjects, table):
    """How many times worse than native, one group of bars per figure."""
    native = table["native"]
    figure, axes = pyplot.subplots(
        figsize=(9, 1 + 0.18 * len(names) * (len(subjects) + 1)))
    height = 0.8 / len(subjects)
    for number, subject in enumerate(subjects):
        mine = table.get(subject, {})
        there = [(i, slower(mine[n], native[n])) for i, n in enumerate(names)
                 if n in mine]
        axes.barh([i + number * height for i, _ in there],
                  [v for _, v in there], height, label=subject)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks([i + 0.4 - height / 2 for i in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel("times worse than native (logarithmic; 1: as native)")
    axes.set_title(title)
    axes.legend()
    axes.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    text = out.getvalue()
    return text[text.index("<svg"):]


def plots(subjects, table):
    if pyplot is None:
        return ["<p>No plots: this python3 has no matplotlib "
                "(Debian's has it from python3-matplotlib).</p>"]
    others = [s for s in subjects if s != "native" and table.get(s)]
    names = [n for n in names_ordered(table) if n in table.get("native", {}) and
             any(n in table[s] for s in others)]
    work = [n for n in names if n.startswith("work/")]
    disk = [n for n in names if n.startswith(DISK[0])]
    micro = [n for n in names if not n.startswith(("work/",) + DISK)]
    return [plot_svg(title, part, others, table) for title, part in
            (("Single operations", micro), ("Whole workloads", work), ("Disks", disk))
            if part]


def write(path, about, costs, missing, subjects, table, mixes, results, extra):
    parts = ["<!DOCTYPE html><html lang=en><meta charset=utf-8>",
             f"<title>bench {escape(extra['time'])}</title>",
             f"<style>{STYLE}</style>", "<h1>User Mode Linux on KVM: bench</h1>",
             "<pre>" + escape("\n".join(host_lines(about, costs, missing) +
                                        [f"command: {extra['command']}"])) +
             "</pre>"]
    if about["probe"]:
        parts += ["<h2>What ./linux --probe says</h2>",
                  f"<pre>{escape(about['probe'])}</pre>"]
    for (subject, program), why in results.failed.items():
        parts.append(f"<p class=fail>FAIL {escape(subject)} {escape(program)}: "
                     f"{escape(why)}</p>")
    rows = mix_rows(mixes, subjects, table)
    if rows:
        parts += ["<h2>Geometric means over mixes</h2>",
                  table_html([["mix", "subject", "mean"]] +
                             [list(row[:3]) for row in rows])]
    parts += plots(subjects, table)
    parts += ["<h2>All figures</h2>",
              f"<p>Median of up to {results.rounds} rounds, ± half of the range, x: "
              "times worse than native.</p>",
              table_html(table_rows(subjects, table))]
    rows = disk_rows(subjects, table)
    if rows:
        parts += ["<h2>Disks</h2>", table_html(rows)]
    lines = notes(subjects, table, results)
    if lines:
        parts += ["<ul>"] + [f"<li>{escape(x)}" for x in lines if x] + ["</ul>"]
    parts.append("</html>")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(parts) + "\n")
