/* SPDX-License-Identifier: GPL-2.0 */
/*
 * machine_end.h - the ways in which a machine ends, but for the orderly one.
 *
 * SIGTERM, SIGINT and SIGHUP to ./linux are the power button: ctrl-alt-del, so
 * that init shuts down. A second SIGTERM or SIGINT ends the process at once, as
 * a panic does. None of them leaves a process, a socket or a file.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_MACHINE_END_H
#define UML_MACHINE_END_H

#define END_STATUS_PANIC	1
#define END_STATUS_REFUSED	1	/* it can't be what the command line wants */
#define END_STATUS_SIGNAL	128	/* and the signal's number, as a shell reports it */

/* Take the signals over from main(). From here on they end the process. */
extern void end_signals_start(void);

/*
 * A descriptor that becomes readable when the power button is pressed, or
 * -errno; from here on the first signal only does that.
 */
extern int end_button_open(void);
extern void end_button_read(int fd);
extern int end_button_pressed(void);

/* End now. Any context, also a signal handler. */
extern void end_now(int status) __attribute__((noreturn));

/* End as a panic does: a core dump if the limit allows one, else status 1. */
extern void end_panic(void) __attribute__((noreturn));

/* kernel/power.c */
extern void panic_finish(void);
extern void restart_or_end(void);

#endif
