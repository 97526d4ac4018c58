# SPDX-License-Identifier: GPL-2.0
"""Trees of small files on ext4 on a disk, and in a directory of the host: the
program filetree, with an image that is new in each run."""

import dataclasses
import os
import tempfile

from . import measure, roots

IMAGE_MB = 256
ROUNDS = 3
DISK, HOSTFS = FAMILIES = ("tree_ext4/", "tree_hostfs/")


def disk_plan(plan, image):
    """The same for machines that have the image as a disk."""
    subjects = [dataclasses.replace(s, args=s.args + [f"ubd0={image}"])
                if s.linux else s for s in plan.subjects]
    return measure.Plan(subjects, plan.programs, plan.init, plan.slow, plan.env)


def plan_make(subjects, programs, init, image, env, results):
    """(plan, is the image part of it)"""
    with_disk = [p for p in programs
                 if any(name.startswith(DISK) for name in p.figures)]
    try:
        if with_disk:
            roots.image_write(image, IMAGE_MB, False)
    except roots.Missing as problem:
        results.missing["tree_ext4"] = str(problem)
        programs = [p for p in programs if p not in with_disk]
        with_disk = []
    plan = measure.Plan(subjects, programs, init, 1, env)
    return (disk_plan(plan, image), True) if with_disk else (plan, False)


def round_run(host, plan, with_disk, number, results):
    """One subject after the other, each with a new image."""
    for subject in plan.subjects:
        try:
            if with_disk:
                roots.image_write(plan.env["TREE_IMAGE"], IMAGE_MB, False)
        except roots.Missing as problem:    # it could be made before
            results.add(subject.name, {"tree_ext4": (None, str(problem))})
        works = plan.works(subject, number, results, "trees")
        measure.works_run(host, subject, works, results)
    results.rounds = max(results.rounds, number)


def run(args, host, subjects, programs, init, results, deadline):
    """programs: those of filetree that are wanted, if any"""
    if not programs:
        return
    config = host.config
    with tempfile.TemporaryDirectory(
            prefix="trees-", dir=os.path.join(config.build, "bench")) as place:
        there, image = (os.path.join(place, n) for n in ("host", "image"))
        os.mkdir(there)
        env = {"TREE_HOST": there, "TREE_IMAGE": image, "TREE_DISK": "/dev/ubda"}
        plan, with_disk = plan_make(subjects, programs, init, image, env, results)
        rounds = 1 if args.quick else min(ROUNDS, args.rounds)
        for number in measure.rounds_until(deadline, rounds, "trees"):
            round_run(host, plan, with_disk, number, results)
