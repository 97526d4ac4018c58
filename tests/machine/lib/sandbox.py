# SPDX-License-Identifier: GPL-2.0
"""What containers and service managers do to a process: forbid system calls by a
seccomp filter, and memory that is writable and executable. For preexec_fn."""

import ctypes
import os
import struct

# x86-64 (arch/x86/entry/syscalls/syscall_64.tbl)
NUMBERS = {
    "mmap": 9, "mprotect": 10, "ioctl": 16, "ptrace": 101, "personality": 135,
    "prctl": 157, "io_setup": 206, "timer_create": 222, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "memfd_create": 319, "bpf": 321,
    "userfaultfd": 323, "membarrier": 324, "preadv2": 327, "pwritev2": 328,
    "pkey_mprotect": 329, "rseq": 334, "pidfd_open": 434, "io_uring_setup": 425,
    "clone3": 435, "close_range": 436, "openat2": 437, "pidfd_getfd": 438,
    "faccessat2": 439, "perf_event_open": 298, "setitimer": 38,
}
LOAD, JUMP_EQUAL, JUMP_ANY, AND, RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_MDWE = 38, 22, 65
MODE_FILTER = 2
PROT_WRITE, PROT_EXEC = 2, 4

libc = ctypes.CDLL(None, use_errno=True)


def prctl(*args):
    """Arguments are whole registers."""
    if libc.prctl(*(ctypes.c_ulong(a) for a in args + (0,) * (5 - len(args)))):
        raise OSError(ctypes.get_errno(), f"prctl({args[0]})")


def op(code, k, yes=0, no=0):
    return struct.pack("<HBBI", code, yes, no, k)


def load_number():
    return op(LOAD, 0)


def load_argument(number):
    """The low half of one."""
    return op(LOAD, 16 + 8 * number)


def refuse(error):
    return op(RETURN, ERRNO | error)


def install(program):
    """A filter for this process and all that it becomes."""
    program += op(RETURN, ALLOW)
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(
        struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.addressof(filter_))


def deny(calls, error):
    """These calls fail with this errno."""
    program = load_number()
    for call in calls:
        program += op(JUMP_EQUAL, NUMBERS[call], 0, 1) + refuse(error)
    return lambda: install(program)


def deny_ioctl(commands, calls, error):
    """These calls, and ioctl with one of these commands."""
    program = load_number()
    for call in calls:
        program += op(JUMP_EQUAL, NUMBERS[call], 0, 1) + refuse(error)
    program += op(JUMP_EQUAL, NUMBERS["ioctl"], 0, 1 + 2 * len(commands))
    program += load_argument(1)
    for command in commands:
        program += op(JUMP_EQUAL, command, 0, 1) + refuse(error)
    return lambda: install(program)


def deny_write_execute_calls(error):
    """As systemd does it on a host without PR_SET_MDWE: mmap with both rights, and
    mprotect with the right to execute."""
    program = load_number() + op(JUMP_EQUAL, NUMBERS["mmap"], 0, 4)
    program += load_argument(2) + op(AND, PROT_WRITE | PROT_EXEC)
    program += op(JUMP_EQUAL, PROT_WRITE | PROT_EXEC, 0, 1) + refuse(error)
    for call in ("mprotect", "pkey_mprotect"):
        program += load_number() + op(JUMP_EQUAL, NUMBERS[call], 0, 3)
        program += load_argument(2) + op(JUMP_ANY, PROT_EXEC, 0, 1) + refuse(error)
    return lambda: install(program)


def deny_write_execute():
    """PR_SET_MDWE, Linux 6.3: OSError where it is not there."""
    prctl(PR_SET_MDWE, 1)


def has_write_execute_denial():
    pid = os.fork()
    if pid == 0:
        try:
            deny_write_execute()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0
