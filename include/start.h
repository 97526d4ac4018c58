/* SPDX-License-Identifier: GPL-2.0 */
/*
 * start.h - from main() to the first kernel thread, and what the machine owes its
 * host at the end: nothing left behind, a status that says how it went.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_START_H
#define UML_START_H

/* Before anything else in main(). May execute the program anew. */
extern void process_start(char **argv);

/*
 * What a terminal emulator runs in a console's window is ./linux with this word: the
 * call then does not return. See os-Linux/terminal_helper.c.
 */
#define TERMINAL_HELPER "-uml-socket"
extern void terminal_helper(char **argv);

/*
 * In a process that is part of the machine, and ends with it: signals for the
 * whole group, or for all that has the program's name, are for the main process.
 */
extern void child_start(void);

/* In a process that is about to execute a program of the host. */
extern void helper_start(void);

/* After the options were parsed, before anything is tried on the host. */
extern void machine_start(void);

/* The number of bytes that "mem=TEXT" asks for. Ends the process if it can't be. */
extern long long mem_size_parse(const char *text);

/* One line on standard error, then exit status 1. Only while starting. */
extern void start_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/*
 * A check of an option, besides the function that acts on it and has the help text.
 * Wants <init.h>.
 */
#define START_CHECK(name, option, check)				\
	static struct uml_param check_##name __uml_init_setup = { option, check }

/* The disks' files, once all options are known. Ends the process if one can't be used. */
extern void ubd_check_files(void);

/* Options that need others. Ends the process if something is missing. */
extern void option_check(void);

/*
 * The channels of consoles and serial lines, likewise. Ends the process if one can't
 * be, or if the machine's console can't be had.
 */
extern void console_check(void);

/*
 * The console, /dev/<device><unit>, could not be opened: one line on standard error,
 * exit status 1. Later than start_fail(): the kernel runs already.
 */
extern void console_refuse(const char *device, int unit, const char *channel, int err)
	__attribute__((noreturn));

/* Give the machine its folder, named by umid=. */
extern void umid_start(void);

#endif
