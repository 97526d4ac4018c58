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


def plot_svg(title, names, subjects, value_of, label, logarithmic):
    """One group of bars per figure. value_of(subject, name): None: no bar"""
    figure, axes = pyplot.subplots(
        figsize=(9, 1 + 0.18 * len(names) * (len(subjects) + 1)))
    height = 0.8 / len(subjects)
    for number, subject in enumerate(subjects):
        there = [(i, value_of(subject, n)) for i, n in enumerate(names)]
        there = [(i, value) for i, value in there if value is not None]
        axes.barh([i + number * height for i, _ in there],
                  [v for _, v in there], height, label=subject)
    if logarithmic:
        axes.axvline(1, color="black", linewidth=0.8)
        axes.set_xscale("log")
    axes.set_yticks([i + 0.4 - height / 2 for i in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.set_title(title)
    axes.legend()
    axes.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    text = out.getvalue()
    return text[text.index("<svg"):]


def plots_ratio(names, others, table):
    """What is measured natively too: how many times worse than that it is."""
    def ratio(subject, name):
        mine = table.get(subject, {}).get(name)
        return slower(mine, table["native"][name]) if mine else None

    work = [n for n in names if n.startswith("work/")]
    disk = [n for n in names if n.startswith(DISK[0])]
    files = [n for n in names if n.startswith("tree")]
    net = [n for n in names if n.startswith("net/")]
    micro = [n for n in names
             if not n.startswith(("work/", "tree", "net/") + DISK)]
    return [plot_svg(title, part, others, ratio,
                     "times worse than native (logarithmic; 1: as native)", True)
            for title, part in (("Single operations", micro),
                                ("Whole workloads", work), ("Files", files),
                                ("Disks", disk), ("Networks", net)) if part]


def plots_absolute(names, others, table):
    """What only machines have."""
    parts = []
    for title, family, unit, scale in (
            ("Memory of a machine", ("memory/", "density/"), "MB", 1),
            ("Time to start", ("start/", "density/start"), "ns", 1e6)):
        def value(subject, name, scale=scale):
            mine = table.get(subject, {}).get(name)
            return mine.median() / scale if mine else None

        part = [n for n in names if n.startswith(family) and
                any(n in table[s] and table[s][n].unit == unit for s in others)]
        if part:
            parts.append(plot_svg(title, part, others, value,
                                  unit if scale == 1 else "ms", False))
    return parts


def plots(subjects, table):
    if pyplot is None:
        return ["<p>No plots: this python3 has no matplotlib "
                "(Debian's has it from python3-matplotlib).</p>"]
    others = [s for s in subjects if s != "native" and table.get(s)]
    names = [n for n in names_ordered(table) if any(n in table[s] for s in others)]
    native = table.get("native", {})
    return plots_ratio([n for n in names if n in native], others, table) + \
        plots_absolute([n for n in names if n not in native], others, table)


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
