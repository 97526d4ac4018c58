# SPDX-License-Identifier: GPL-2.0
"""The summary on the terminal, and the JSON lines."""

import json

from .figures import DISK, mix_mean, number_text, slower, time_text, value_text

EXITS = ("kvm_run", "host_calls")       # shown; all are in the JSON lines


def host_lines(about, costs, missing):
    """What stands above every table."""
    lines = [f"commit {about['commit']}, {about['linux']}",
             f"host: {about['cpu']}, {about['cpus']} CPUs, "
             f"Linux {about['kernel']}, virtual machine: {about['virtual']}",
             f"KVM: {about['host']}",
             f"load before: {about['load']} (what others do disturbs all figures)"]
    lines += [f"--probe: {' '.join(line.split())}"
              for line in about["probe"].splitlines()
              if line.startswith(("an exit", "backend kvm"))]
    names = {"host/getppid": "a system call of the host (getppid)",
             "host/ptrace-sysemu": "one system call by PTRACE_SYSEMU",
             "host/kvm-run": "one KVM_RUN that does nothing"}
    for name, text in names.items():
        if name in costs:
            lines.append(f"{text}: {time_text(costs[name].median())}")
        elif name in missing:
            lines.append(f"{text}: not measured: {missing[name]}")
    return lines


def cell(figure, native, with_ratio):
    text = value_text(figure.median(), figure.unit)
    if len(figure.values) > 1:
        text += f" ±{100 * figure.spread():.0f}%"
    if with_ratio and native:
        text += f" {number_text(slower(figure, native))}x"
    return text


def names_ordered(table):
    names = {}
    for figures in table.values():
        names.update(dict.fromkeys(figures))
    return list(names)


def exits_text(figure):
    if figure is None or not figure.counts:
        return ""
    known = [(c, figure.counts[c]) for c in EXITS if c in figure.counts]
    return " ".join(f"{c} {number_text(v)}" for c, v in known)


def table_rows(subjects, table):
    """Header and rows. After a figure: its spread, and how many times worse than
    natively it is; kvm also how many times better than skas."""
    rows = [["figure"] + subjects]
    counted = [s for s in subjects if any(f.counts for f in
                                          table.get(s, {}).values())]
    both = "skas" in subjects and "kvm" in subjects
    rows[0] += ["skas/kvm"] if both else []
    rows[0] += [f"{s}: exits" for s in counted]
    for name in names_ordered(table):
        if name.startswith(DISK):
            continue
        native = table.get("native", {}).get(name)
        row = [name]
        for subject in subjects:
            figure = table.get(subject, {}).get(name)
            row.append(cell(figure, native, subject != "native")
                       if figure else "-")
        if both:
            skas, kvm = (table.get(s, {}).get(name) for s in ("skas", "kvm"))
            row.append(f"{number_text(slower(skas, kvm))}x" if skas and kvm
                       else "-")
        row += [exits_text(table[s].get(name)) for s in counted]
        rows.append(row)
    return rows


def disk_cells(subject, name, table):
    """The figure, per cent of native's, CPU time, interrupts per request."""
    rate, cpu, irq = (table.get(subject, {}).get(family + name) for family in DISK)
    cells = [cell(rate, None, False) if rate else "-"]
    if subject != "native":
        native = table.get("native", {}).get(DISK[0] + name)
        cells.append(f"{100 / slower(rate, native):.0f}%" if rate and native
                     else "-")
    cells.append(number_text(cpu.median()) if cpu else "-")
    if subject != "native":
        cells.append(number_text(irq.median()) if irq else "-")
    return cells


def disk_rows(subjects, table):
    """Header and rows; [] when no disk was measured."""
    names = [n[len(DISK[0]):] for n in names_ordered(table)
             if n.startswith(DISK[0])]
    there = [s for s in subjects if any(DISK[0] + n in table.get(s, {})
                                        for n in names)]
    head = ["disk"]
    for subject in there:
        head += ["native", "CPU s/GiB"] if subject == "native" else \
            [subject, "of native", "CPU s/GiB", "irq/request"]
    rows = [[n] + [c for s in there for c in disk_cells(s, n, table)]
            for n in names]
    return [head] + rows if rows else []


def rows_text(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join([row[0].ljust(widths[0])] +
                      [c.rjust(w) for c, w in zip(row[1:], widths[1:])]).rstrip()
            for row in rows]


def mix_rows(mixes, subjects, table):
    """Per mix and subject: the mean, or what is missing."""
    native = table.get("native", {})
    others = [s for s in subjects if s != "native"]
    rows = []
    for mix, names in mixes.items():
        if not any(n in native for n in names):
            continue
        for subject in others:
            mine = table.get(subject, {})
            if not any(n in mine for n in names):
                continue
            mean = mix_mean(names, mine, native)
            missing = [n for n in names if n not in mine or n not in native]
            text = f"{number_text(mean)}x native" if mean else \
                f"no mean: {len(missing)} of {len(names)} parts missing"
            parts = " ".join(f"{n} {number_text(slower(mine[n], native[n]))}"
                             for n in names if n not in missing)
            rows.append((mix, subject, text, parts))
    return rows


def notes(subjects, table, results):
    """What has to be said beside the figures, and what there is no figure of."""
    lines = [f"{figure.name} {subject}: {figure.note}" for subject in subjects
             for figure in table.get(subject, {}).values() if figure.note]
    lines += [f"not measured: {what}: {why}"
              for what, why in results.missing.items()]
    return [""] + lines if lines else []


def summary(about, costs, missing, subjects, table, mixes, results):
    lines = host_lines(about, costs, missing)
    lines += ["", f"median of up to {results.rounds} rounds, ± half of the range, "
              "x: times worse than native"]
    tables = [table_rows(subjects, table), disk_rows(subjects, table)]
    lines += "\n\n".join("\n".join(rows_text(rows)) for rows in tables
                         if len(rows) > 1).split("\n")
    rows = mix_rows(mixes, subjects, table)
    if rows:
        lines += ["", "geometric means (bench/mix), and what they are of"]
    for mix, subject, text, parts in rows:
        lines.append(f"{mix} {subject}: {text}")
        if parts:
            lines.append(f"    {parts}")
    lines += notes(subjects, table, results)
    for (subject, program), why in results.failed.items():
        lines.append(f"FAIL {subject} {program}: {why}")
    return lines


def records(about, costs, subjects, table, extra):
    """One JSON object per figure."""
    for name, figures in [("host", costs)] + [(s, table.get(s, {}))
                                              for s in subjects]:
        native = table.get("native", {})
        for figure in figures.values():
            record = {"figure": figure.name, "backend": name,
                      "unit": figure.unit, "median": figure.median(),
                      "low": figure.low(), "high": figure.high(),
                      "values": figure.values, "counts": figure.counts}
            if figure.note:
                record["note"] = figure.note
            if name not in ("host", "native") and figure.name in native:
                record["native_ratio"] = slower(figure, native[figure.name])
            yield dict(record, **extra, **about)


def records_write(path, lines):
    with open(path, "w", encoding="utf-8") as f:
        for record in lines:
            f.write(json.dumps(record) + "\n")
